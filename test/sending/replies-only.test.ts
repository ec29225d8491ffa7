import { expect } from 'chai';
import type { Lane } from '../../src/domain/sending/lanes.ts';
import { isAnswersOnly } from '../../src/sending/answers-only.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, plannedFor } from '../support/people.ts';

describe('a worker that hands over replies only', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ env: { HAND_OVER: 'answers' } });
  });
  after(() => gateway.stop());

  /** Id of a message that is due to a new subscriber. */
  const plan = async (number: string, lane: Lane): Promise<string> => {
    const { keyRing: ring, blindIndexKeys } = gateway.config;
    const indexOf = (phone: string): string => blindIndex(blindIndexKeys, phone);
    const holder = await addSubscriber(gateway.store, { ring, indexOf, number: () => number });
    const row = plannedFor(holder, { createdAt: new Date(), lane });
    await gateway.store.deliveries.insertOne(row);
    return row._id;
  };
  const heard = (number: string) => async () => (await gateway.received(number)).length > 0;

  it('leaves orders and offers planned', async () => {
    const kept = [
      await plan('+15551230001', '1-transactional'),
      await plan('+15551230002', '2-single'),
      await plan('+15551230003', '2-spring'),
    ];
    // Each reply is found by a poll of its own, by which the others were due.
    for (const answered of ['+15551230004', '+15551230005', '+15551230006']) {
      await plan(answered, '0-answers');
      await until('the reply is on the handset', heard(answered));
    }
    const rows = await gateway.store.deliveries.find({ _id: { $in: kept } }).toArray();
    expect(rows.map(({ state }) => state)).to.deep.equal(['planned', 'planned', 'planned']);
  });

  it('says so to other processes, for as long as it lives', async () => {
    const { store } = gateway;
    const asked = (ms: number) => ({ store, now: () => new Date(Date.now() + ms) });
    await until('the worker has reported', () => isAnswersOnly(asked(0)));
    expect(await isAnswersOnly(asked(60_000))).to.equal(false);
  });
});
