import { expect } from 'chai';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { recordRefusal } from '../../src/receipts/record-receipt.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { contextOf, plant, rowOf } from './rows.ts';

describe('a create call that the carrier refuses because the person opted out', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let late: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway);
    late = await contextOf(gateway, () => new Date(Date.now() + 60_000));
  });
  after(async () => {
    await open.close();
    await late.close();
    await gateway.stop();
  });

  const subscriber = async (): Promise<string> => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    return person;
  };
  const statesOf = async (person: string) => {
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(person) });
    return contact?.subscriptions.map(({ state }) => state);
  };

  it('is completed by the job wherever its process ended', async () => {
    const ends = async (): Promise<void> => {
      throw new Error('the process ends');
    };
    const recorded = async (row: DeliveryDoc): Promise<void> => {
      const ref = { delivery: row._id, epoch: 1, decidedAt: new Date() };
      await open.context.outcomeRecorder.record([{ ...ref, result: 'refused', code: '21610' }]);
    };
    const sweptThenEnds = async (): Promise<void> => {
      await expireClaims(gateway.store, 0, new Date());
      return ends();
    };
    const ways = [ends, sweptThenEnds, (row: DeliveryDoc) => recorded(row).then(ends)];
    for (const way of ways) {
      const person = await subscriber();
      const row = await plant(open, person, 'News!');
      const ended = await recordRefusal(open.context, row, '21610', () => way(row)).catch(() => 'ended');
      expect(ended).to.equal('ended');
      expect(await statesOf(person)).to.deep.equal(['subscribed']);
      await matchWaitingReceipts(late.context);
      expect(await statesOf(person)).to.deep.equal(['unsubscribed']);
      const told = await rowOf(gateway.store, row);
      expect(told).to.include({ state: 'failed', error: '21610' }).and.not.to.have.property('carrierSid');
      expect(told).not.to.have.any.keys('open', 'lookUpAt');
      expect(await gateway.store.receipts.countDocuments({ delivery: row._id })).to.equal(0);
    }
  });

  it('ends its row and opts the person out, and leaves no work', async () => {
    const person = await subscriber();
    const row = await plant(open, person, 'News!');
    const ref = { delivery: row._id, epoch: 1, decidedAt: new Date() };
    await recordRefusal(open.context, row, '21610', () =>
      open.context.outcomeRecorder.record([{ ...ref, result: 'refused', code: '21610' }]),
    );
    expect(await statesOf(person)).to.deep.equal(['unsubscribed']);
    expect(await rowOf(gateway.store, row)).to.include({ state: 'failed', error: '21610' });
    expect(await gateway.store.receipts.countDocuments({ delivery: row._id })).to.equal(0);
  });
});
