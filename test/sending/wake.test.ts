import { expect } from 'chai';
import { createWake, type Wake } from '../../src/sending/wake.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { until } from '../support/gateway.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';

/** Longer than any test: whoever wakes before it was woken. */
const NEVER_MS = 600_000;

describe('a sender without work', () => {
  let store: Store;
  let wake: Wake;
  let errors: unknown[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    errors = [];
    wake = createWake(store, (error) => errors.push(error), NEVER_MS);
  });
  afterEach(async () => {
    await wake.stop();
    expect(errors).to.deep.equal([]);
  });
  after(() => closeTestStore(store));

  const sleep = (sender: string): (() => boolean) => {
    let awake = false;
    void wake.next(sender).then(() => {
      awake = true;
    });
    return () => awake;
  };
  const plan = (over: Partial<DeliveryDoc>) =>
    store.deliveries.insertOne(bareRow({ state: 'planned', lane: '1-transactional', ...over }));

  it('is woken by a row that is planned for it, and by none of another', async () => {
    const [mine, other] = [sleep('28555'), sleep('28666')];
    // The stream opens in its own time: what is planned before tells it nothing.
    await until('its own row to wake it', async () => {
      await plan({ sender: '28555' });
      return mine();
    });
    expect(other()).to.equal(false);
  });

  it('is not woken by the rows of a campaign, which come in thousands, before one that is announced', async () => {
    const [mine, other] = [sleep('28555'), sleep('28666')];
    await until('the row that is announced', async () => {
      await plan({ sender: '28555', class: 'marketing', lane: '2-a-campaign' });
      await plan({ sender: '28666' });
      return other();
    });
    expect(mine()).to.equal(false);
  });

  it('sleeps no more once it is stopped', async () => {
    const asleep = wake.next('28555');
    await wake.stop();
    await asleep;
  });
});
