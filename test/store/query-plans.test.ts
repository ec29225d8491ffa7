import { expect } from 'chai';
import type { Document } from 'mongodb';
import type { Burst } from '../../src/domain/hygiene/incident-rules.ts';
import { findKnownSids, type InboundDoc, textsUntil } from '../../src/store/consent/inbound-texts.ts';
import { newestTextTimes } from '../../src/store/consent/inbox.ts';
import { findSuppressionPage } from '../../src/store/consent/suppressions.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { countedFilter } from '../../src/store/deliveries/cap-usage.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { claimedFor, forbiddenDeliveries } from '../../src/store/deliveries/forbidden.ts';
import { failedNumbers } from '../../src/store/senders/incidents.ts';
import type { Store } from '../../src/store/store.ts';
import { SOME_ORIGIN } from '../support/origins.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 2000;
const RARE_PAGE = { after: null, limit: 5, scope: null };

describe('query plans of the hot paths: keys examined at most twice what is returned', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const ids = Array.from({ length: ROWS }, (_, at) => at);
    await store.contacts.insertMany(
      ids.map(
        (at) =>
          ({
            _id: `c${at}`,
            index: `1.i${at}`,
            current: true,
            rev: 1,
            ...(at < 5 ? { promptExpiresAt: new Date(at) } : {}),
          }) as ContactDoc,
      ),
    );
    await store.deliveries.insertMany(
      ids.map(
        (at) =>
          ({
            _id: `d${at}`,
            contact: `c${at % 100}`,
            state: at % 20 === 0 ? 'planned' : at % 20 === 1 ? 'sending' : 'accepted',
            ...(at % 20 < 2 ? { open: true } : {}),
            dueAt: new Date(at),
            createdAt: new Date(at),
            ...(at % 20 === 0 ? {} : { leaseUntil: new Date(at) }),
            epoch: 1,
            rev: 1,
            class: 'marketing',
            sender: '28555',
            lane: at % 40 === 0 ? ('2-single' as const) : ('0-answers' as const),
          }) as Partial<DeliveryDoc> as DeliveryDoc,
      ),
    );
    await store.suppressions.insertMany(
      ids.map((at) => ({
        index: `1.i${at}`,
        scope: 'all',
        kind: at % 500 === 499 ? 'hold' : 'opt-out',
        generation: 1,
        since: new Date(0),
        lifts: {},
        until: null,
        origin: SOME_ORIGIN,
      })),
    );
    await store.consentEvents.insertMany(
      ids.map((at) => ({ contact: `c${at % 50}`, seq: Math.floor(at / 50) + 1 }) as never),
    );
  });
  after(async () => {
    await closeTestStore(store);
  });

  const examined = (plan: Document): { keys: number; documents: number; returned: number } => {
    const { totalKeysExamined, totalDocsExamined, nReturned } = plan.executionStats as Record<string, number>;
    return { keys: totalKeysExamined ?? 0, documents: totalDocsExamined ?? 0, returned: nReturned ?? 0 };
  };
  const some = (prefix: string, count = 20) => Array.from({ length: count }, (_, at) => `${prefix}${at * 7}`);

  const finds: [string, () => Promise<Document>][] = [
    [
      'holders by index',
      () => store.contacts.find({ index: { $in: some('1.i') }, current: true }).explain('executionStats'),
    ],
    [
      'former holders of a number',
      () =>
        store.contacts
          .find({ index: '1.i7', current: false })
          .sort({ createdAt: -1 })
          .limit(20)
          .explain('executionStats'),
    ],
    [
      'suppressions by index',
      () => store.suppressions.find({ index: { $in: some('1.i') } }).explain('executionStats'),
    ],
    [
      'inbound by MessageSid',
      () => store.inbound.find({ _id: { $in: some('SM') } }).explain('executionStats'),
    ],
    [
      'one chain in order',
      () =>
        store.consentEvents
          .find({ contact: 'c7', seq: { $gt: 0 } })
          .sort({ seq: 1 })
          .explain('executionStats'),
    ],
    [
      'due rows',
      () =>
        store.deliveries
          .find({
            sender: '28555',
            lane: '2-single',
            open: true,
            state: 'planned',
            dueAt: { $lte: new Date(1000) },
          })
          .sort({ dueAt: 1 })
          .limit(50)
          .explain('executionStats'),
    ],
    [
      'prompts whose window is over',
      () =>
        store.contacts
          .find({
            promptExpiresAt: { $gte: new Date(1), $lte: new Date(3) },
            $or: [{ promptExpiresAt: { $gt: new Date(1) } }, { _id: { $gt: 'c0' } }],
          })
          .sort({ promptExpiresAt: 1, _id: 1 })
          .limit(2)
          .explain('executionStats'),
    ],
    [
      'rows of a kind that few have, page by page',
      () => findSuppressionPage(store, { ...RARE_PAGE, kind: 'hold' }).explain('executionStats'),
    ],
    [
      'rows of the kind that most have, page by page',
      () => findSuppressionPage(store, { ...RARE_PAGE, kind: 'opt-out' }).explain('executionStats'),
    ],
    [
      'what caps count',
      () => store.deliveries.find(countedFilter(some('c', 10), new Date(1000))).explain('executionStats'),
    ],
    [
      'deliveries of a contact',
      () =>
        store.deliveries.find({ contact: 'c7' }).sort({ createdAt: -1 }).limit(20).explain('executionStats'),
    ],
  ];
  for (const [what, explain] of finds) {
    it(`finds ${what} by an index`, async () => {
      const { keys, documents, returned } = examined(await explain());
      expect(documents).to.be.at.most(Math.max(returned, 1));
      expect(keys).to.be.at.most(Math.max(returned * 2, 45));
    });
  }

  it('reads only the texts of a page of somebody who wrote thousands, and when each of many wrote last', async () => {
    await store.inbound.insertMany(
      Array.from(
        { length: ROWS },
        (_, at) => ({ _id: `T${at}`, contact: `p${at % 2}`, receivedAt: new Date(at) }) as InboundDoc,
      ),
    );
    await store.db.command({ profile: 2 });
    const page = await textsUntil(store, 'p0', { until: new Date(999), limit: 10 });
    const newest = await newestTextTimes(store, ['p0', 'p1', 'nobody']);
    await store.db.command({ profile: 0 });
    expect(page.map(({ _id }) => _id)[0]).to.equal('T998');
    expect([...newest].sort()).to.deep.equal([
      ['p0', new Date(ROWS - 2)],
      ['p1', new Date(ROWS - 1)],
    ]);
    const ns = `${store.db.databaseName}.inbound`;
    const reads = await store.db
      .collection('system.profile')
      .find({ ns, op: /query|command/ })
      .toArray();
    expect(reads.map(({ docsExamined }) => docsExamined)).to.deep.equal([10, 0]);
    expect(reads.map(({ keysExamined }) => keysExamined < 20)).to.deep.equal([true, true]);
  });

  it('finds which texts of a list are known without reading one', async () => {
    await store.inbound.insertMany(some('SM').map((_id) => ({ _id }) as InboundDoc));
    const plan = await findKnownSids(store, [...some('SM'), 'SM-new']).explain('executionStats');
    expect(examined(plan)).to.include({ documents: 0, returned: some('SM').length });
  });

  it('finds uncertain texts that are to be fetched, and those that claim an id', async () => {
    const doubt = { kind: 'unknown-name' as const, field: null };
    await store.uncertainTexts.insertMany(
      some('uncertain').map((_id, at) => ({
        ...{ _id, claimed: `SM${at}`, to: '28555', receivedAt: new Date(at), doubt, sealed: null },
        ...(at < 5 ? { open: true as const, fetchAt: new Date(at) } : { fetchAt: null }),
      })),
    );
    const due = store.uncertainTexts.find({ open: true, fetchAt: { $lte: new Date(2) } });
    expect(examined(await due.sort({ fetchAt: 1 }).explain('executionStats'))).to.include({ documents: 3 });
    const claiming = store.uncertainTexts.find({ open: true, claimed: { $in: ['SM1'] } });
    expect(examined(await claiming.explain('executionStats'))).to.include({ documents: 1 });
  });

  it('finds what an opt-out cancels and waits for among the open rows of the one contact', async () => {
    const of = { contact: 'c0', rev: 2 };
    const closing = [
      forbiddenDeliveries({ ...of, scopes: ['all'] }),
      forbiddenDeliveries({
        ...of,
        scopes: ['topic:deals/deals', 'program:orders'],
        questions: ['p1', 'p2'],
      }),
    ];
    for (const rows of closing) {
      const filter = { state: { $in: ['planned' as const, 'sending' as const] }, ...rows };
      const { documents } = examined(await store.deliveries.find(filter).explain('executionStats'));
      expect(documents).to.be.at.most(20);
    }
  });

  it('finds the same for several people who opted out together', async () => {
    const people = Array.from({ length: 30 }, (_, at) => {
      const of = { contact: `c${at}`, rev: 2 };
      if (at % 3 === 0) return forbiddenDeliveries({ ...of, scopes: ['all'] });
      if (at % 3 === 1) return claimedFor([of.contact, `c${at + 50}`], 'everything');
      return forbiddenDeliveries({
        ...of,
        scopes: ['topic:deals/deals', 'program:orders'],
        questions: ['p1', 'p2'],
      });
    });
    const states = { state: { $in: ['planned' as const, 'sending' as const] } };
    const together = { $or: people.map((rows) => ({ ...states, ...rows })) };
    const { documents, keys } = examined(await store.deliveries.find(together).explain('executionStats'));
    expect(documents).to.be.at.most(40 * 20);
    expect(keys).to.be.at.most(40 * 2 * 21);
  });

  it('finds the people behind the failures of an old hour, without late reports', async () => {
    const hour = new Date('2026-01-05T12:00:00Z');
    const failedAt = (at: number, hours: number) => ({
      ...{ _id: `f${at}`, contact: `f${at}`, program: 'deals', sender: '28555', answers: null },
      ...{ state: 'undelivered', error: '30003', createdAt: hour, decision: { at: hour } },
      finalAt: new Date(hour.getTime() + hours * 3_600_000),
    });
    const told = [1, 73, 10 * 24, ...Array.from({ length: 500 }, (_, at) => 24 * 30 + at)];
    await store.deliveries.insertMany(told.map((hours, at) => failedAt(at, hours)) as never[]);
    const plans: Promise<Document>[] = [];
    const deliveries = new Proxy(store.deliveries, {
      get: (of, name) => {
        if (name !== 'aggregate') return Reflect.get(of, name);
        return (...asked: Parameters<typeof of.aggregate>) => {
          plans.push(of.aggregate(...asked).explain('executionStats'));
          return of.aggregate(...asked);
        };
      },
    });
    const burst: Burst = {
      ...{ of: 'reach', key: 'sender 28555', hour, ended: 9, failed: 9, usual: 0 },
      codes: { '30003': 9 },
    };
    const watched: Store = { ...store, deliveries };
    const found = await failedNumbers(watched, ['deals'], [burst], 5);
    expect(found).to.deep.equal([{ numbers: 3, some: ['f0', 'f1', 'f2'] }]);
    const [plan] = await Promise.all(plans);
    const scan = plan?.stages?.[0]?.$cursor ?? plan;
    expect(examined(scan).documents).to.equal(3);
    expect(examined(scan).keys).to.be.at.most(6);
  });

  it('moves a batch by its ids, whatever else is planned', async () => {
    const ids = some('d', 40);
    const plan = await store.db.command({
      explain: {
        update: 'deliveries',
        updates: [
          {
            q: { _id: { $in: ids }, state: 'planned' },
            u: { $set: { owner: 'x' } },
            multi: true,
            hint: { _id: 1 },
          },
        ],
      },
      verbosity: 'executionStats',
    });
    expect(examined(plan).keys).to.be.at.most(2 * ids.length + 1);
  });
});
