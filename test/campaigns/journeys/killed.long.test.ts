import { expect } from 'chai';
import { until } from '../../support/gateway.ts';
import { addSubscriber } from '../../support/people.ts';
import { contextThatDies, Killed } from './context-that-dies.ts';
import { type JourneyHarness, startJourneyHarness } from './journey-harness.ts';

describe('a journey whose process is killed at any write', () => {
  let harness: JourneyHarness;
  let people = 0;
  let drivers = 0;
  before(async () => {
    harness = await startJourneyHarness();
    for (const id of ['one', 'two']) {
      const body = { program: 'deals', texts: { en: `{brand}: ${id}` } };
      await harness.client('put', `/templates/${id}`, { body });
    }
    const body = {
      name: 'Thanks',
      program: 'deals',
      trigger: { kind: 'event', event: 'purchase' },
      again_after_days: 30,
      steps: [
        { id: 'one', message: { template: 'one', topic: 'deals' } },
        { id: 'rest', wait: { hours: 1 } },
        { id: 'two', wait: { hours: 1 }, message: { template: 'two', topic: 'deals' } },
      ],
    };
    expect((await harness.client('put', '/journeys/thanks', { body })).status).to.equal(200);
    await harness.client('post', '/journeys/thanks/start', { body: {} });
  });
  after(() => harness.stop());

  const HOUR = 3_600_000;
  const number = (): string => `+1555130${String(people++).padStart(4, '0')}`;
  const buyer = async (): Promise<string> => {
    const { store, ring, indexOf } = harness.context;
    const { id } = await addSubscriber(store, { ring, indexOf, number });
    await harness.recordEvent(id, 'purchase');
    return id;
  };
  const isThrough = async (contact: string): Promise<boolean> =>
    (await harness.gateway.store.journeyRuns.countDocuments({ contact, reason: 'completed' })) > 0;
  /** Another process takes over, once the lease of the dead one is over. */
  const next = () => {
    harness.passTime(21_000);
    drivers += 1;
    return harness.driver(`process ${drivers}`);
  };
  const onlyOnce = async (contact: string, what: string): Promise<void> => {
    const runs = await harness.gateway.store.journeyRuns.find({ contact }).toArray();
    expect(
      runs.map(({ reason, done }) => [reason, done.map(({ step, did }) => `${step} ${did}`)]),
      what,
    ).to.deep.equal([['completed', ['one sent', 'rest waited', 'two sent']]]);
    const rows = await harness.gateway.store.deliveries.find({ contact, template: /^(one|two)\./ }).toArray();
    expect(rows.map(({ template }) => template).sort(), what).to.deep.equal(['one.1', 'two.1']);
    expect(runs[0]?.done.flatMap(({ delivery }) => delivery ?? []).sort(), what).to.deep.equal(
      rows.map(({ _id }) => _id).sort(),
    );
  };

  /** Goes through all of it with a process that dies at its `nth` write. False where it never came to that write. */
  const through = async (nth: number, when: 'before' | 'after'): Promise<boolean> => {
    const contact = await buyer();
    const first = next();
    const { context, writes } = contextThatDies(harness.context, nth, when);
    try {
      for (let hour = 0; hour < 3; hour += 1) {
        await harness.lookWith(first, context);
        await harness.dispatch();
        harness.passTime(HOUR);
      }
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    // This is so late that the overlap of reads does not hide what the dead process recorded too early.
    harness.passTime(5 * 60_000);
    const heir = next();
    for (let hour = 0; hour < 4 && !(await isThrough(contact)); hour += 1) {
      await harness.lookWith(heir);
      await harness.dispatch();
      harness.passTime(HOUR);
    }
    await onlyOnce(contact, `killed ${when} write ${nth}`);
    return writes() >= nth;
  };

  for (const when of ['before', 'after'] as const) {
    it(`takes everyone through once when it is killed ${when} it`, async () => {
      let nth = 1;
      while (await through(nth, when)) nth += 1;
      expect(nth).to.be.greaterThan(6);
    });
  }

  // The first write begins a person's run, the second records their first step.
  for (const nth of [1, 2]) {
    it(`writes nothing twice when a process wakes that was frozen at write ${nth} of a run, while another went on`, async () => {
      const contact = await buyer();
      const [frozen, other] = [next(), harness.driver(`the other ${nth}`)];
      let [writes, thaw]: [number, (() => void) | null] = [0, null];
      const { journeyRuns } = harness.context.store;
      const bulkWrite = async (...given: Parameters<typeof journeyRuns.bulkWrite>) => {
        writes += 1;
        if (writes === nth) {
          await new Promise<void>((resolve) => {
            thaw = resolve;
          });
        }
        return journeyRuns.bulkWrite(...given);
      };
      const handler: ProxyHandler<typeof journeyRuns> = {
        get: (target, name) => {
          const found = name === 'bulkWrite' ? bulkWrite : Reflect.get(target, name);
          return typeof found === 'function' ? found.bind(target) : found;
        },
      };
      const store = { ...harness.context.store, journeyRuns: new Proxy(journeyRuns, handler) };
      const late = harness.lookWith(frozen, { ...harness.context, store });
      await until('the first process is frozen', async () => thaw !== null);
      const onward = async (hours: number): Promise<void> => {
        for (let hour = 0; hour < hours; hour += 1) {
          await harness.lookWith(other);
          await harness.dispatch();
          harness.passTime(HOUR);
        }
      };
      harness.passTime(21_000);
      await onward(1);
      (thaw as (() => void) | null)?.();
      await late;
      harness.passTime(21_000);
      await onward(4);
      await onlyOnce(contact, 'frozen');
    });
  }
});
