import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { DoneInPart } from '../../../src/domain/reports/job-counts.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import { evaluateListQuality } from '../../../src/reports/list-quality.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { AlarmDoc } from '../../../src/store/reports/quality.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { addSubscriber, testPeople } from '../../support/people.ts';
import { bareRow, contextOf } from '../rows.ts';

const NOW = new Date('2026-03-20T16:00:00Z');
const DAY_MS = 86_400_000;

type Rule = { rule: string; sample: number; level: string };
type Scored = { kind: string; id: string; score: number | null; rules: Rule[] };

describe('the list quality when parts cannot be counted', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false, now: () => NOW });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => NOW);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    for (const name of [
      'contacts',
      'deliveries',
      'dailyFigures',
      'qualityAlarms',
      'qualityScores',
    ] as const) {
      await gateway.store.db.collection(name).deleteMany({});
    }
  });

  const alarmOf = (kind: 'program' | 'source', id: string, rule: 'bounces' | 'zone'): AlarmDoc => ({
    _id: `alarm of ${kind}`,
    ...{ kind, id, rule, openSince: NOW, failedAt: NOW, share: 0.5, sample: 40 },
    ...{ acknowledged: null, closedAt: null },
  });
  const closedAt = async (_id: string) => (await gateway.store.qualityAlarms.findOne({ _id }))?.closedAt;
  const shown = async (): Promise<{ items: Scored[]; sources_left: number }> =>
    (await client('get', '/quality')).body;

  const left = (program: string, daysAgo: number): DeliveryDoc => {
    const at = new Date(NOW.getTime() - daysAgo * DAY_MS);
    const { open: _, ...row } = bareRow({ program, createdAt: at, finalAt: at, state: 'delivered' });
    return { ...row, decision: { allowed: true, reasons: [], at } };
  };

  const inTwoPrograms = async (): Promise<void> => {
    const people = testPeople('302');
    for (let at = 0; at < 31; at += 1) await addSubscriber(gateway.store, people);
    const { contacts, deliveries } = gateway.store;
    const [first] = await contacts.find().toArray();
    const basis = first?.subscriptions[0];
    await contacts.updateMany({}, {
      $set: { source: 'text' },
      $push: { subscriptions: { ...basis, program: 'orders' } },
    } as never);
    const months = Array.from({ length: 31 }, (_, at) => at);
    await deliveries.insertMany([
      ...months.map((at) => ({ ...left('deals', at), contact: first?._id ?? '' })),
      ...months.map((at) => ({ ...left('orders', at), contact: first?._id ?? '' })),
    ]);
    await buildDailyFigures(open.context);
  };
  const bounces = ({ items }: { items: Scored[] }, kind: string, id: string): Rule | undefined =>
    items.find((item) => item.kind === kind && item.id === id)?.rules.find(({ rule }) => rule === 'bounces');

  it('leaves out the failures of a program that is not summed up, and says so', async () => {
    await inTwoPrograms();
    const { dailyFigures, qualityAlarms } = gateway.store;
    await dailyFigures.deleteMany({ program: 'orders' });
    await qualityAlarms.insertMany([
      alarmOf('program', 'orders', 'bounces'),
      { ...alarmOf('program', 'deals', 'bounces'), _id: 'alarm of deals' },
      alarmOf('source', 'text', 'bounces'),
    ]);
    const failed = await evaluateListQuality(open.context).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(DoneInPart);
    const found = await shown();
    expect(bounces(found, 'program', 'deals')).to.include({ sample: 30, level: 'good' });
    expect(bounces(found, 'program', 'orders')).to.include({ sample: 0, level: 'few' });
    expect(bounces(found, 'source', 'text'), 'of all programs').to.include({ sample: 0, level: 'few' });
    expect(await closedAt('alarm of program')).to.equal(null);
    expect(await closedAt('alarm of source')).to.equal(null);
    expect(await closedAt('alarm of deals')).to.deep.equal(NOW);
  });

  it('keeps the last known value of what it cannot count, and with it the scores', async () => {
    await inTwoPrograms();
    await evaluateListQuality(open.context);
    const before = await shown();
    await gateway.store.dailyFigures.deleteMany({ program: 'orders' });
    expect(await evaluateListQuality(open.context).catch((error: unknown) => error)).to.be.instanceOf(
      DoneInPart,
    );
    const found = await shown();
    const scores = ({ items }: { items: Scored[] }) => items.map(({ kind, id, score }) => [kind, id, score]);
    expect(scores(found)).to.deep.equal(scores(before));
    for (const [kind, id] of [
      ['program', 'orders'],
      ['source', 'text'],
    ] as const) {
      expect(bounces(found, kind, id)).to.include({ level: 'good' });
      expect(bounces(found, kind, id)).to.deep.equal(bounces(before, kind, id));
    }
  });

  it('says that a count takes too long when the database has no time for it', async () => {
    await inTwoPrograms();
    const limit = new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    const { deliveries } = gateway.store;
    const slow = new Proxy(deliveries, {
      get: (of, name) => {
        if (name === 'aggregate') throw limit;
        const found = Reflect.get(of, name);
        return typeof found === 'function' ? found.bind(of) : found;
      },
    });
    const store = { ...gateway.store, deliveries: slow } as AppContext['store'];
    const failed = await evaluateListQuality({ ...open.context, store }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(DoneInPart);
    const { cause } = failed as DoneInPart;
    expect(cause).to.include({ name: 'NotSummedUp', cause: limit });
    expect((cause as Error).message).to.contain('would take too long');
  });

  it('includes sources beyond the largest when they have an open alarm, and says how many it leaves out', async () => {
    const [MANY, SMALL] = [31, 30];
    const from = (source: string, count: number): ContactDoc[] =>
      Array.from(
        { length: count },
        (_, at) =>
          ({
            ...{ _id: `c_${source} ${at}`, index: `1.${source} ${at}`, current: true, subscriptions: [] },
            ...{ sealed: Buffer.from('sealed'), source, createdAt: NOW },
          }) as Partial<ContactDoc> as ContactDoc,
      );
    const large = Array.from({ length: 200 }, (_, at) => from(`form shop.example/${at}`, MANY));
    const { contacts, qualityAlarms } = gateway.store;
    await contacts.insertMany([...large.flat(), ...from('sheet A', SMALL), ...from('sheet B', SMALL)]);
    await qualityAlarms.insertOne(alarmOf('source', 'sheet B', 'zone'));
    await evaluateListQuality(open.context);
    const { items, sources_left } = await shown();
    const sheets = items.filter(({ id }) => id.startsWith('sheet')).map(({ id }) => id);
    expect(sheets).to.deep.equal(['sheet B']);
    expect(sources_left).to.equal(1);
    expect(await closedAt('alarm of source')).to.equal(null);
    expect((await qualityAlarms.findOne({ _id: 'alarm of source' }))?.share).to.equal(0);
    await contacts.updateMany({ source: 'sheet B' }, { $set: { 'profile.zoneSure': true } });
    await evaluateListQuality(open.context);
    expect(await closedAt('alarm of source')).to.deep.equal(NOW);
  });
});
