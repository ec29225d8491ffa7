import { expect } from 'chai';
import { acquireLeadership } from '../../../src/store/journeys/journeys.ts';
import { addSubscriber } from '../../support/people.ts';
import { type JourneyHarness, startJourneyHarness } from './journey-harness.ts';

describe('a process that loses the leadership of journeys', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    const template = { program: 'deals', texts: { en: '{brand}: thanks' } };
    await harness.client('put', '/templates/thanks', { body: template });
    const body = {
      name: 'Thanks',
      program: 'deals',
      trigger: { kind: 'event', event: 'purchase' },
      steps: [{ id: 'thanks', message: { template: 'thanks', topic: 'deals' } }],
    };
    await harness.client('put', '/journeys/thanks', { body });
    await harness.client('post', '/journeys/thanks/start', { body: {} });
  });
  after(() => harness.stop());

  it('does no step after it lost the leadership while it read all contacts', async () => {
    const { store, ring, indexOf } = harness.context;
    const { id } = await addSubscriber(store, { ring, indexOf, number: () => '+15551310001' });
    await harness.recordEvent(id, 'purchase');
    const marks = new Proxy(store.marks, {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        if (name !== 'updateOne') return typeof found === 'function' ? found.bind(target) : found;
        return async (...given: Parameters<typeof target.updateOne>) => {
          // Its reads are recorded now. They took so long that another process has taken over.
          if (JSON.stringify(given[1]).includes('value.readTo')) {
            await acquireLeadership(
              store,
              { owner: 'the heir', readTo: null },
              new Date(harness.now().getTime() + 60_000),
              60_000,
            );
          }
          return target.updateOne(...given);
        };
      },
    });
    const late = harness.driver('the late one');
    expect(await harness.lookWith(late, { ...harness.context, store: { ...store, marks } })).to.equal(false);
    const stands = async () => {
      const run = await harness.gateway.store.journeyRuns.findOne({ contact: id });
      return [run?.open, run?.done.length];
    };
    expect(await stands()).to.deep.equal([true, 0]);
    expect([late.heldUntil, late.readAllAt]).to.deep.equal([null, null]);
    await harness.lookWith(harness.driver('the heir'));
    expect(await stands()).to.deep.equal([undefined, 1]);
  });
});
