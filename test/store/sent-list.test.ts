import { expect } from 'chai';
import type { Document, Sort } from 'mongodb';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import type { DeliveryDoc, DeliveryState } from '../../src/store/deliveries/delivery.ts';
import { countSent, pageSent, type SentFilter } from '../../src/store/deliveries/sent-list.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 10_000;
const PER_PAGE = 1000;
const ALL = { campaign: 'spring', state: null, reason: null } as const;

/** The state of a message and the reason that it is counted under. */
const KINDS: [DeliveryState, Partial<DeliveryDoc>, string | null][] = [
  ['delivered', {}, null],
  ['undelivered', { error: '30007' }, '30007'],
  ['failed', { error: '30003' }, '30003'],
  ['failed', {}, 'none'],
  ['skipped', { decision: { allowed: false, reasons: ['opted-out', 'held'], at: new Date(0) } }, 'opted-out'],
  ['canceled', { endedBy: 'opt-out' }, 'opt-out'],
  ['planned', { error: '20429' }, null],
];

describe('the list of sent messages', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const rows = Array.from({ length: ROWS }, (_, at) => {
      const [state, more] = KINDS[at % KINDS.length] ?? ['planned', {}];
      const ids = { _id: campaignRowId('spring', `1.i${at}`), campaign: 'spring', contact: `c${at % 9000}` };
      return { ...ids, createdAt: new Date(at), state, decision: null, ...more } as DeliveryDoc;
    });
    const other = rows.map((row) => ({ ...row, _id: `x${row._id}`, campaign: 'other' }));
    await store.deliveries.insertMany([...rows, ...other]);
  });
  after(() => closeTestStore(store));

  const ofKind = (kind: number): number =>
    Array.from({ length: ROWS }, (_, at) => at % KINDS.length).filter((at) => at === kind).length;

  it('counts each of 10,000 messages once, by its state and first reason', async () => {
    const { counts, hasMore } = await countSent(store, ALL);
    expect(hasMore).to.equal(false);
    const expected = KINDS.map(([state, , reason], kind) => ({ state, reason, count: ofKind(kind) }));
    expect(counts).to.have.deep.members(expected);
  });

  it('says that there are more where it stopped counting', async () => {
    const { counts, hasMore } = await countSent(store, ALL, 500);
    expect(counts.reduce((all, { count }) => all + count, 0)).to.equal(500);
    expect(hasMore).to.equal(true);
    expect((await countSent(store, ALL, ROWS)).hasMore).to.equal(false);
  });

  it('gives every message of a filter on exactly one page', async () => {
    const failed: SentFilter = { campaign: 'spring', state: 'failed', reason: '30003' };
    for (const [filter, count] of [
      [ALL, ROWS],
      [failed, ofKind(2)],
    ] as const) {
      const seen: string[] = [];
      for (let after: DeliveryDoc | null = null; ; ) {
        const page: DeliveryDoc[] = await pageSent(store, filter, { after, limit: PER_PAGE });
        seen.push(...page.map(({ _id }) => _id));
        after = page.at(-1) ?? null;
        if (page.length < PER_PAGE) break;
      }
      expect(seen).to.have.length(count);
      expect(new Set(seen).size).to.equal(count);
    }
  });

  it('reads a page of a campaign or a person in the order of an index, and no more than the page', async () => {
    const [first] = await pageSent(store, ALL, { after: null, limit: 1 });
    const toPerson: SentFilter = { contact: 'c7', state: null, reason: null };
    for (const [filter, after] of [
      [ALL, null],
      [ALL, first ?? null],
      [toPerson, null],
    ] as const) {
      const { explained, rows } = await planOf(filter, after);
      expect(JSON.stringify(explained.queryPlanner)).not.to.include('"SORT"');
      expect(explained.executionStats.totalKeysExamined).to.be.at.most(rows + 2);
    }
  });

  /** How the server runs the very query that `pageSent` sends. */
  async function planOf(filter: SentFilter, after: DeliveryDoc | null) {
    let explained: Document = {};
    let rows = 0;
    const watched = {
      ...store,
      deliveries: new Proxy(store.deliveries, {
        get(collection, name) {
          if (name !== 'find') return Reflect.get(collection, name, collection);
          return (...sent: Parameters<typeof collection.find>) => ({
            sort: (order: Sort) => ({
              limit: (limit: number) => ({
                toArray: async () => {
                  const query = () =>
                    collection
                      .find(...sent)
                      .sort(order)
                      .limit(limit);
                  explained = await query().explain('executionStats');
                  const found = await query().toArray();
                  rows = found.length;
                  return found;
                },
              }),
            }),
          });
        },
      }),
    } as Store;
    await pageSent(watched, filter, { after, limit: 50 });
    return { explained, rows };
  }
});
