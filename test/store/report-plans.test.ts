import { expect } from 'chai';
import type { Document } from 'mongodb';
import { OUTCOMES } from '../../src/domain/reports/delivery-tally.ts';
import type { ConsentEventDoc } from '../../src/store/consent/consent-events.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { firstHandedOver } from '../../src/store/deliveries/outcomes.ts';
import { countDeliveries, GROUPINGS } from '../../src/store/reports/delivery-figures.ts';
import { countHygiene, pageRemovals } from '../../src/store/reports/list-hygiene.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const DAY = 86_400_000;
const EVER = { from: new Date(0), to: new Date(Date.UTC(2030, 0, 1)) };
const day = (at: number): Date => new Date(Date.UTC(2026, 2, 1) + at * DAY);
const ROWS = 3000;
const PER_DAY = 100;

describe('reports read from indexes', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const rows = Array.from({ length: ROWS }, (_, at) => {
      const state = at % 10 === 0 ? 'skipped' : (OUTCOMES[at % OUTCOMES.length] ?? 'sent');
      const when = new Date(day(Math.floor(at / PER_DAY)).getTime() + (at % 24) * 3_600_000);
      const lost = at % 50 === 5;
      return {
        _id: `d${at}`,
        contact: `c${at % 200}`,
        program: at % 3 === 0 ? 'orders' : 'deals',
        sender: '28555',
        state,
        answers: at % 4 === 1 ? { sid: 'SM1', receivedAt: when } : null,
        decision: lost ? null : { allowed: true, reasons: [], at: when },
        leaseUntil: when,
      } as Partial<DeliveryDoc> as DeliveryDoc;
    });
    await store.deliveries.insertMany(rows);
    const events = Array.from({ length: ROWS }, (_, at) => ({
      contact: `c${at}`,
      seq: 1,
      kind: (['confirmed', 'withdrawn', 'number-suppressed', 'ended', 'number-restored'] as const)[at % 5],
      reason: 'gone',
      recordedAt: day(Math.floor(at / PER_DAY)),
    }));
    await store.consentEvents.insertMany(events as Partial<ConsentEventDoc>[] as ConsentEventDoc[]);
  });
  after(async () => {
    await closeTestStore(store);
  });

  /** Runs `work` and returns how many keys and documents its queries read. */
  const looked = async (collection: string, work: () => Promise<unknown>): Promise<Document> => {
    await store.db.command({ profile: 2 });
    await work();
    await store.db.command({ profile: 0 });
    const seen = await store.db
      .collection('system.profile')
      .find({ ns: new RegExp(`\\.${collection}$`), 'command.lsid': { $exists: true } })
      .toArray();
    await store.db.collection('system.profile').drop();
    const sum = (field: string) => seen.reduce((all, command) => all + Number(command[field] ?? 0), 0);
    return { keys: sum('keysExamined'), documents: sum('docsExamined') };
  };

  const span = { program: 'deals', from: day(3), to: day(4) };
  const counted = async (): Promise<number> => {
    const rows = await countDeliveries(store, span, 'program');
    return rows.reduce((sum, { count }) => sum + count, 0);
  };

  it('read a day of one program alone, and find the rows whose process died', async () => {
    const there = await store.deliveries.countDocuments({
      program: 'deals',
      answers: null,
      state: { $in: [...OUTCOMES] },
      leaseUntil: { $gte: day(3), $lt: day(4) },
    });
    const lost = await store.deliveries.countDocuments({ program: 'deals', decision: null, answers: null });
    expect(await counted())
      .to.equal(there)
      .and.greaterThan(10);
    const { documents } = await looked('deliveries', counted);
    expect(documents).to.be.at.most(there + lost);
    expect(lost).to.be.greaterThan(3);
  });

  it('count each group in the same few rows', async () => {
    for (const by of GROUPINGS) {
      const { documents } = await looked('deliveries', () => countDeliveries(store, span, by));
      expect(documents, by).to.be.within(10, 100);
    }
  });

  it('find the first message of a program by one key', async () => {
    expect(await firstHandedOver(store, ['deals'], EVER)).to.deep.equal(
      new Date(day(0).getTime() + 2 * 3_600_000),
    );
    const { keys } = await looked('deliveries', () => firstHandedOver(store, ['deals'], EVER));
    expect(keys).to.be.at.most(2);
  });

  it("read the clean-up's entries of the time alone", async () => {
    const { documents } = await looked('consentEvents', () =>
      countHygiene(store, { from: day(3), to: day(5) }),
    );
    expect(documents).to.equal(120);
  });

  it('page through removed numbers without reading any twice', async () => {
    const first = await pageRemovals(store, { from: day(0), to: day(30), after: null, limit: 50 });
    const after = first.at(-1)?.place ?? null;
    const next = () => pageRemovals(store, { from: day(0), to: day(30), after, limit: 50 });
    const ids = [...first, ...(await next())].map(({ place }) => place.id);
    expect(new Set(ids).size).to.equal(100);
    expect((await looked('consentEvents', next)).documents).to.be.at.most(150);
  });

  it("add no index key to an entry of a person's own act", async () => {
    const keys = async (work: () => Promise<unknown>) => {
      await store.db.command({ profile: 2 });
      await work();
      await store.db.command({ profile: 0 });
      const [seen] = await store.db.collection('system.profile').find({ op: 'insert' }).toArray();
      await store.db.collection('system.profile').drop();
      return seen?.keysInserted as number;
    };
    const event = (kind: string) => ({ contact: 'x', seq: kind.length, kind, recordedAt: day(1) }) as never;
    expect(await keys(() => store.consentEvents.insertOne(event('withdrawn')))).to.equal(2);
    expect(await keys(() => store.consentEvents.insertOne(event('ended')))).to.equal(3);
  });
});
