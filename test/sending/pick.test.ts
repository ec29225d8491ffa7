import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Lane } from '../../src/domain/sending/lanes.ts';
import { pickDue } from '../../src/sending/pick.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const OFFERS: Lane = '2-spring';
const ANSWERS: Lane = '0-answers';

describe('what is due, where it is not known yet which campaigns are paused', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  const plan = (sender: string, lane: Lane) =>
    store.deliveries.insertOne(bareRow({ sender, lane, state: 'planned', open: true, dueAt: new Date(0) }));
  const pick = async (sender: string, closed: ReadonlySet<Lane>, closedKnown: () => Promise<void> | null) => {
    const from = { sender, now: new Date(), most: 10, last: null, contended: false, closed, closedKnown };
    return (await pickDue(store, from)).map(({ lane }) => lane);
  };

  it('is picked of answers at once, and of offers by the next', async () => {
    await plan('28551', OFFERS);
    await plan('28551', ANSWERS);
    const open = new Set<Lane>();
    expect(await pick('28551', open, () => new Promise(() => undefined))).to.deep.equal([ANSWERS]);
    expect(await pick('28551', open, () => null)).to.deep.equal([ANSWERS, OFFERS]);
  });

  it('is picked of offers alone once it is known', async () => {
    await plan('28552', OFFERS);
    const closed = new Set<Lane>();
    const known = async (): Promise<void> => {
      // As a look that asks the database: not before others have had their turn.
      await setImmediate();
      closed.add(OFFERS);
    };
    expect(await pick('28552', closed, known)).to.deep.equal([]);
    expect(await pick('28552', new Set(), async () => undefined)).to.deep.equal([OFFERS]);
  });
});
