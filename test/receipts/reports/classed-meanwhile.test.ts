import { expect } from 'chai';
import type { AppContext } from '../../../src/consent/app-context.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import { countBouncesAnew } from '../../../src/reports/list-quality.ts';
import { writeClassedCode } from '../../../src/store/senders/error-codes.ts';
import { newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { bareRow, contextOf } from '../rows.ts';

const NOW = new Date('2026-03-20T20:00:00Z');
const DAY = '2026-03-10';
/** Longer ago than the rule on bounces usually looks back. */
const LONG_AGO = '2026-02-01';

describe('a day that is summed up while a person classifies a failure', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false, now: () => NOW });
    open = await contextOf(gateway, () => NOW);
    for (const day of [DAY, LONG_AGO]) {
      const at = new Date(`${day}T15:00:00Z`);
      const { open: _, ...row } = bareRow({ program: 'deals', createdAt: at, finalAt: at, error: '39999' });
      const decision = { allowed: true as const, reasons: [], at };
      await gateway.store.deliveries.insertOne({ ...row, state: 'undelivered', decision });
    }
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const say = async (as: 'unreachable' | 'network'): Promise<void> => {
    await writeClassedCode(gateway.store, '39999', { class: as, note: 'x', by: 'key:1', at: NOW });
    await countBouncesAnew(open.context);
  };
  const bounced = async (day = DAY): Promise<number> => {
    const made = await gateway.store.dailyFigures.findOne({ _id: `deals ${day}` });
    return made?.groups.filter(({ by }) => by === 'bounce').length ?? -1;
  };
  /** A context in whose database a person classifies the code between the count of a day and its answer. */
  const countingWhile = (saying: () => Promise<void>): AppContext => {
    const { deliveries } = gateway.store;
    let isSaid = false;
    const aggregate = (...asked: Parameters<typeof deliveries.aggregate>) => ({
      toArray: async () => {
        const counted = await deliveries.aggregate(...asked).toArray();
        if (!isSaid && JSON.stringify(asked).includes('39999')) {
          isSaid = true;
          await saying();
        }
        return counted;
      },
    });
    const slow = new Proxy(deliveries, {
      get: (of, name) => (name === 'aggregate' ? aggregate : Reflect.get(of, name, of)),
    });
    return { ...open.context, store: { ...gateway.store, deliveries: slow } };
  };

  it('is computed once more, and then no further time', async () => {
    await say('unreachable');
    await buildDailyFigures(open.context);
    expect(await bounced()).to.equal(1);
    await say('unreachable');
    await buildDailyFigures(countingWhile(() => say('network')));
    expect(await bounced(), 'by what it meant when the day was counted').to.equal(1);
    await buildDailyFigures(open.context);
    expect(await bounced()).to.equal(0);
    expect(await gateway.store.dailyFigures.countDocuments({ stale: { $exists: true } })).to.equal(0);
    expect(await buildDailyFigures(open.context)).to.deep.equal({ written: 0, left: 0 });
  });

  it('is counted by the new classes when the bounce rule looks back further', async () => {
    const client = await newClient(gateway);
    const set = async (days: number): Promise<void> => {
      const body = { warn: 0.02, fail: 0.05, days };
      expect((await client('put', '/quality/rules/bounces', { body })).status).to.equal(200);
    };
    expect(await bounced(LONG_AGO)).to.equal(1);
    await set(20);
    await buildDailyFigures(open.context);
    expect(await bounced(LONG_AGO), 'fewer days').to.equal(1);
    await set(60);
    await buildDailyFigures(open.context);
    expect(await bounced(LONG_AGO)).to.equal(0);
  });
});
