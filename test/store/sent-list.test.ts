import { expect } from 'chai';
import type { Document, Sort } from 'mongodb';
import { billingOf } from '../../src/domain/campaigns/cost.ts';
import { firstReason } from '../../src/domain/sending/first-reason.ts';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import type { DeliveryDoc, DeliveryState } from '../../src/store/deliveries/delivery.ts';
import { countSent, pageSent, type SentFilter } from '../../src/store/deliveries/sent-list.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 10_000;
const PER_PAGE = 1000;
const ANY = { states: null, reason: null, from: null, before: null, within: null } as const;
const ALL = { campaign: 'spring', ...ANY } as const;

/** A filter of each scope. */
const SCOPES: Readonly<Record<string, SentFilter>> = {
  campaign: ALL,
  person: { contact: 'c7', ...ANY },
  journey: { journey: 'welcome', ...ANY },
  program: { programs: ['deals'], ...ANY },
  'day of all programs': {
    programs: ['deals', 'orders'],
    ...ANY,
    from: new Date(100),
    before: new Date(900),
  },
};

const sum = (rows: readonly { count: number }[]): number => rows.reduce((all, { count }) => all + count, 0);

/** The state of a message and the reason that it is counted under. */
const KINDS: [DeliveryState, Partial<DeliveryDoc>, string | null][] = [
  ['delivered', {}, null],
  ['undelivered', { error: '30007' }, '30007'],
  ['failed', { error: '30003' }, '30003'],
  ['failed', {}, 'none'],
  ['failed', { acceptedAt: new Date(1), error: '30006' }, '30006'],
  ['failed', { error: '30410' }, '30410'],
  ['unknown', { error: 'no answer' }, 'no answer'],
  ['unknown', { acceptedAt: new Date(1), error: 'no report' }, 'no report'],
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
      const plain = { createdAt: new Date(at), state, decision: null, answers: null, program: 'deals' };
      return { ...ids, ...plain, ...more } as DeliveryDoc;
    });
    const other = rows.map(({ campaign: _, ...row }) => ({
      ...{ ...row, _id: `x${row._id}`, journey: 'welcome', program: 'orders' },
    }));
    const answers = { sid: 'SM1', receivedAt: new Date(0) };
    const answer = { ...rows[0], _id: 'an answer', contact: 'c-answered', answers } as DeliveryDoc;
    const { campaign: _, ...reply } = answer;
    await store.deliveries.insertMany([...rows, ...other, reply]);
  });
  after(() => closeTestStore(store));

  const ofKind = (kind: number): number =>
    Array.from({ length: ROWS }, (_, at) => at % KINDS.length).filter((at) => at === kind).length;

  it('counts each of 10,000 messages once, by its state and first reason', async () => {
    const { counts, hasMore } = await countSent(store, ALL);
    expect(hasMore).to.equal(false);
    const found = counts.map(({ state, reason, count }) => ({ state, reason, count }));
    const expected = KINDS.map(([state, , reason], kind) => ({ state, reason, count: ofKind(kind) }));
    expect(found).to.have.deep.members(expected);
  });

  it('says that there are more where it stopped counting', async () => {
    const { counts, hasMore } = await countSent(store, ALL, { atMost: 500 });
    expect(counts.reduce((all, { count }) => all + count, 0)).to.equal(500);
    expect(hasMore).to.equal(true);
    expect((await countSent(store, ALL, { atMost: ROWS })).hasMore).to.equal(false);
  });

  it('counts by the day on which a message was planned', async () => {
    const days = [0, 4000, 9000].map((at) => ({ day: `from ${at}`, at: new Date(at) }));
    const { counts } = await countSent(store, ALL, { days });
    const ofDay = days.map(({ day }) => sum(counts.filter((row) => row.day === day)));
    expect(ofDay).to.deep.equal([4000, 5000, 1000]);
    const between = { ...ALL, from: new Date(4000), before: new Date(9000) };
    expect(sum((await countSent(store, between)).counts)).to.equal(5000);
  });

  it('says the same as the rules about the reason and the billing of each message', async () => {
    const { counts } = await countSent(store, ALL);
    const rows = await store.deliveries.find({ campaign: 'spring' }).toArray();
    const byRules = new Map<string, number>();
    for (const row of rows) {
      const key = [row.state, firstReason(row), billingOf(row)].join();
      byRules.set(key, (byRules.get(key) ?? 0) + 1);
    }
    const found = counts.map(({ state, reason, billing, count }) => [[state, reason, billing].join(), count]);
    expect(found).to.have.deep.members([...byRules]);
  });

  it('gives every message of a filter on exactly one page', async () => {
    const failed: SentFilter = { ...ALL, states: ['failed'], reason: '30003' };
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

  for (const [what, filter] of Object.entries(SCOPES)) {
    it(`reads a page of a ${what} in the order of an index, and no more than the page`, async () => {
      const [first] = await pageSent(store, filter, { after: null, limit: 1 });
      expect(first).to.not.equal(undefined);
      for (const after of [null, first ?? null]) {
        const { explained, rows } = await planOf(filter, after);
        // A merge of sorted programs sorts nothing.
        expect(JSON.stringify(explained.queryPlanner)).not.to.include('"stage":"SORT"');
        expect(rows).to.be.at.least(1);
        const { totalDocsExamined, totalKeysExamined } = explained.executionStats;
        expect(totalDocsExamined).to.be.at.most(rows + 1);
        expect(totalKeysExamined).to.be.at.most(rows + 4);
      }
    });
  }

  it('reads no message of other states of a campaign, for a page or for its counts', async () => {
    const [unknown, failed, reason] = [6, 2, 1].map((kind) => KINDS[kind]);
    const narrowed: [Partial<SentFilter>, number][] = [
      [{ states: [unknown?.[0] ?? 'unknown'] }, ofKind(6) + ofKind(7)],
      [{ states: ['failed', 'undelivered'], reason: failed?.[2] ?? null }, ofKind(2)],
      [{ reason: reason?.[2] ?? null }, ofKind(1)],
    ];
    for (const [more, count] of narrowed) {
      const filter = { ...ALL, ...more } as SentFilter;
      const { explained, rows } = await planOf(filter, null);
      expect(JSON.stringify(explained.queryPlanner)).not.to.include('"stage":"SORT"');
      expect(JSON.stringify(explained.queryPlanner)).to.include('"indexName":"not-got"');
      expect(rows).to.equal(50);
      await store.db.command({ profile: 2 });
      const counted = await countSent(store, filter);
      await store.db.command({ profile: 0 });
      expect(sum(counted.counts)).to.equal(count);
      const profile = store.db.collection('system.profile');
      const [read] = await profile.find({ ns: /deliveries$/, op: 'command' }).toArray();
      await profile.drop();
      // 3 of 11 messages of the campaign have no first reason, or were canceled.
      expect(read?.docsExamined).to.be.at.most((ROWS * 8) / 11 + 8);
    }
  });

  it('reads no message of other days', async () => {
    const { explained, rows } = await planOf(
      { programs: ['deals', 'orders'], ...ANY, from: new Date(100), before: new Date(110) },
      null,
    );
    expect(rows).to.equal(20);
    expect(explained.executionStats.totalDocsExamined).to.be.at.most(rows);
  });

  it('leaves answers out of the list of a program', async () => {
    const { counts } = await countSent(store, { programs: ['deals'], ...ANY });
    expect(sum(counts)).to.equal(ROWS);
    expect(sum((await countSent(store, { contact: 'c-answered', ...ANY })).counts)).to.equal(1);
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
