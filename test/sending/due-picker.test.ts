import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Lane } from '../../src/domain/sending/lanes.ts';
import { type Picking, pickDue } from '../../src/sending/dispatcher.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';

const OFFERS: Lane = '2-spring';
const ORDERS: Lane = '1-transactional';
const ANSWERS: Lane = '0-answers';
const SENDER = '28551';

describe('picking due messages', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(() => emptyTestStore(store));
  after(() => closeTestStore(store));

  const plan = async (lane: Lane, over: Partial<DeliveryDoc> = {}): Promise<string> => {
    const row = bareRow({ sender: SENDER, lane, state: 'planned', dueAt: new Date(0), ...over });
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const pick = (over: Partial<Picking> = {}) =>
    pickDue(store, {
      ...{ sender: SENDER, serves: 'all', now: new Date(), most: 10, last: null, contended: false },
      ...{ closed: new Set(), closedKnown: () => null, answering: new Set<string>() },
      ...over,
    });
  const lanes = async (over: Partial<Picking>): Promise<Lane[]> => (await pick(over)).map(({ lane }) => lane);
  const ids = async (over: Partial<Picking>): Promise<string[]> => (await pick(over)).map(({ _id }) => _id);

  it('gives replies to the loop of replies and the rest to the other loop', async () => {
    for (const lane of [OFFERS, ORDERS, ANSWERS]) await plan(lane);
    expect(await lanes({ serves: 'answers' })).to.deep.equal([ANSWERS]);
    expect(await lanes({ serves: 'rest' })).to.deep.equal([ORDERS, OFFERS]);
    expect(await lanes({ serves: 'all' })).to.deep.equal([ANSWERS, ORDERS, OFFERS]);
  });

  it('gives the oldest reply to each person, and none to a person who is being answered', async () => {
    const [first] = [
      await plan(ANSWERS, { contact: 'c_one', dueAt: new Date(1) }),
      await plan(ANSWERS, { contact: 'c_one', dueAt: new Date(2) }),
    ];
    const other = await plan(ANSWERS, { contact: 'c_two', dueAt: new Date(3) });
    expect(await ids({ serves: 'answers' })).to.deep.equal([first, other]);
    expect(await ids({ serves: 'answers', answering: new Set(['c_one']) })).to.deep.equal([other]);
  });

  it('gives one of several offers to a person', async () => {
    const both = [await plan(OFFERS, { contact: 'c_one' }), await plan(OFFERS, { contact: 'c_one' })];
    expect(await ids({ serves: 'rest', answering: new Set(['c_one']) })).to.have.members(both);
  });

  describe('picking due rows before the paused campaigns are known', () => {
    const unknown = () => new Promise<void>(() => undefined);

    it('gives replies and orders at once, and offers with the next pick', async () => {
      for (const lane of [OFFERS, ORDERS, ANSWERS]) await plan(lane);
      expect(await lanes({ serves: 'answers', closedKnown: unknown })).to.deep.equal([ANSWERS]);
      expect(await lanes({ serves: 'rest', closedKnown: unknown })).to.deep.equal([ORDERS]);
      expect(await lanes({ serves: 'rest' })).to.deep.equal([ORDERS, OFFERS]);
    });

    it('gives offers alone once they are known', async () => {
      await plan(OFFERS);
      const closed = new Set<Lane>();
      const closedKnown = async (): Promise<void> => {
        // Like a read of the database, this gives others a turn.
        await setImmediate();
        closed.add(OFFERS);
      };
      expect(await lanes({ serves: 'rest', closed, closedKnown })).to.deep.equal([]);
      expect(await lanes({ serves: 'rest', closedKnown: async () => undefined })).to.deep.equal([OFFERS]);
    });
  });
});
