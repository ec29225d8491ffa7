import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { showDeliverability } from '../../../src/api/reports/deliverability.ts';
import { showGrowth, showOptOuts } from '../../../src/api/reports/growth.ts';
import { showListQuality } from '../../../src/api/reports/list-quality.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import { HANDED_OVER } from '../../../src/store/deliveries/delivery.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { bareRow, contextOf } from '../rows.ts';

/** Noon in New York. */
const NOW = new Date('2026-03-20T16:00:00Z');

describe('a report that the database cannot compute in time', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => NOW });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => NOW);
    for (const [program, time] of [
      ['deals', '2026-03-17T16:00:00Z'],
      ['deals', '2026-03-20T15:00:00Z'],
      ['orders', '2026-03-20T15:00:00Z'],
    ] as const) {
      const at = new Date(time);
      const { open: _, ...row } = bareRow({ program, createdAt: at, finalAt: at, state: 'delivered' });
      const decision = { allowed: true as const, reasons: [], at };
      await gateway.store.deliveries.insertOne({ ...row, decision });
    }
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  type Counting = (maxTimeMS: number) => void;
  const counting = (asked: Counting): AppContext['store'] => {
    const { deliveries } = gateway.store;
    const aggregate = (stages: object[], options: { maxTimeMS: number }) => {
      asked(options.maxTimeMS);
      return deliveries.aggregate(stages, options);
    };
    const slow = new Proxy(deliveries, {
      get: (of, name) => {
        const found = name === 'aggregate' ? aggregate : Reflect.get(of, name);
        return typeof found === 'function' ? found.bind(of) : found;
      },
    });
    return { ...gateway.store, deliveries: slow } as AppContext['store'];
  };
  const ask = async (context: Partial<AppContext>, query: object) =>
    showDeliverability({
      context: { ...open.context, ...context },
      query: { by: 'program', ...query },
    } as never);
  const refusal = async (query: object) => {
    const store = counting(() => {
      throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
    });
    const refused = await ask({ store }, query).catch((error: unknown) => error);
    expect(refused).to.include({ status: 422 });
    return JSON.stringify(refused);
  };

  it('names the last day that is summed up, also when one day alone is asked for', async () => {
    await buildDailyFigures(open.context);
    for (const since of ['2026-03-17', '2026-03-20']) {
      const told = await refusal({ program: 'deals', since, until: '2026-03-20' });
      expect(told).to.contain('until 2026-03-19').and.not.contain('fewer');
    }
  });

  it('names no day when none is summed up', async () => {
    const told = await refusal({ program: 'orders', since: '2026-03-20', until: '2026-03-20' });
    expect(told)
      .to.contain('later')
      .and.not.match(/until \d/);
  });

  it('names the job that sums up, its next run, and how to run it now', async () => {
    const day = { program: 'orders', since: '2026-03-20', until: '2026-03-20' };
    expect(await refusal(day)).to.contain('it runs once a worker has started');
    const nextRunAt = new Date('2026-03-21T10:20:00Z');
    await gateway.store.db.collection('jobs').insertOne({ name: 'report', nextRunAt });
    expect(await refusal(day))
      .to.contain('its next run is at 2026-03-21T10:20:00.000Z')
      .and.contain('POST /jobs/report/run');
    await client('post', '/jobs/report/pause', { body: { reason: 'a move of the database' } });
    expect(await refusal(day)).to.contain('somebody paused it: a move of the database');
    await client('post', '/jobs/report/resume', { body: {} });
  });

  it('takes no longer for all of its counts together than one may take', async () => {
    const given: number[] = [];
    let [clock, spent] = [0, 0];
    const store = counting((ms) => {
      given.push(ms);
      spent += 8000;
      clock = spent;
    });
    await ask({ store, monotonic: () => clock }, { since: '2026-03-20', until: '2026-03-20' });
    expect(given).to.deep.equal([20_000, 12_000]);
  });

  type Read = { of: string; ms: number; left: number };
  const READ = ['consentEvents', 'dailyMoves', 'inbound', 'jobDays', 'deliveries'] as const;
  /** Every read of these takes a second. */
  const secondByRead = () => {
    const reads: Read[] = [];
    const monotonic = (): number => 1000 * reads.length;
    const reading = (name: (typeof READ)[number]) => {
      const collection = gateway.store[name];
      const note =
        (how: 'find' | 'aggregate') => (what: never, options: { maxTimeMS: number; hint: unknown }) => {
          // Which day was the first is one key of an index, and has its own time.
          if (options.hint !== HANDED_OVER)
            reads.push({ of: `${how} ${name}`, ms: options.maxTimeMS, left: 20_000 - monotonic() });
          return (collection[how] as (...asked: unknown[]) => unknown)(what, options);
        };
      return { ...collection, find: note('find'), aggregate: note('aggregate'), findOne: () => null };
    };
    const store = { ...gateway.store, ...Object.fromEntries(READ.map((name) => [name, reading(name)])) };
    return { reads, context: { ...open.context, store: store as unknown as AppContext['store'], monotonic } };
  };

  it('takes no longer for people who came, left and complained', async () => {
    for (const body of ['JOIN', 'YES', 'STOP', 'You are spammers, I never signed up'])
      await gateway.text('+15551230077', body);
    for (const [show, reads] of [
      [showOptOuts, ['find consentEvents', 'find inbound', 'find deliveries']],
      [showGrowth, ['find consentEvents', 'find dailyMoves']],
    ] as const) {
      const slow = secondByRead();
      await show({ context: slow.context, query: { since: '2026-03-20', until: '2026-03-20' } } as never);
      expect(slow.reads.map(({ of }) => of)).to.include.members([...reads]);
      expect(slow.reads.filter(({ ms, left }) => ms > left)).to.deep.equal([]);
    }
  });

  it('takes no longer for what the clean-up and jobs wrote', async () => {
    const { reads, context } = secondByRead();
    await showListQuality({ context, query: { since: '2026-03-20', until: '2026-03-20' } } as never);
    expect(reads.filter(({ of }) => of === 'find jobDays').map(({ ms }) => ms)).to.deep.equal([18_000]);
  });

  it('says to ask later, and not for fewer days, for growth, which reads all days', async () => {
    const consentEvents = {
      find: () => {
        throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
      },
    };
    const store = { ...gateway.store, consentEvents } as unknown as AppContext['store'];
    const asked = {
      context: { ...open.context, store },
      query: { since: '2026-03-20', until: '2026-03-20' },
    };
    const refused = await showGrowth(asked as never).catch((error: unknown) => error);
    expect(refused).to.include({ status: 422 });
    expect(JSON.stringify(refused)).to.contain('later').and.not.contain('fewer');
  });
});
