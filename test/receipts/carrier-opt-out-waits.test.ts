import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { carrierOptOut } from '../../src/consent/carrier-opt-out.ts';
import type { Sender } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { contextOf, plant } from './rows.ts';

const SERVICE: Sender = {
  ...SENDERS.shop,
  handling: 'advanced',
  messagingServiceSid: `MG${'2'.repeat(32)}`,
};

describe('an opt-out that only the carrier knew', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({
      worker: 'replies',
      senders: [SERVICE, SENDERS.stylist],
      programs: PROGRAMS,
    });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  /** An offer to a subscriber, claimed by another process. */
  const offered = async (person: string): Promise<DeliveryDoc> => {
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const leaseUntil = new Date(Date.now() + CLAIM_LEASE_MS);
    return plant(open, person, 'Deals!', { state: 'sending', owner: 'another', leaseUntil });
  };
  /** Not over while the offer is under way, and over once it has settled. */
  const waitsFor = async (offer: DeliveryDoc, begin: () => Promise<unknown>): Promise<void> => {
    let over = false;
    const optingOut = begin().finally(() => {
      over = true;
    });
    const written = () =>
      gateway.store.suppressions.findOne({ index: offer.index, kind: 'opt-out', scope: 'all' });
    await until('the opt-out is recorded', async () => (await written()) !== null);
    // The text of another person takes longer than the rest of this one would, so this one must be waiting.
    await gateway.text(newPerson(), 'HELP');
    expect(over, 'over while the offer may still leave').to.equal(false);
    const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
    await gateway.store.deliveries.updateOne({ _id: offer._id }, settled);
    await optingOut;
  };

  it('waits for messages under way after error 21610', async () => {
    const offer = await offered(newPerson());
    const { messagingServiceSid: service } = SERVICE;
    const over = { state: 'failed' as const, service, error: '21610', contact: offer.contact };
    const failed = { ...offer, ...over, _id: `${offer._id}0` };
    await gateway.store.deliveries.insertOne(failed);
    const blocked = { delivery: failed._id, code: '21610', at: new Date() };
    await waitsFor(offer, () => carrierOptOut(open.context, blocked));
  });

  it('waits for messages under way after a form with OptOutType', async () => {
    const person = newPerson();
    const offer = await offered(person);
    await waitsFor(offer, () => gateway.text(person, 'STOP'));
  });
});
