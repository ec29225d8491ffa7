import { expect } from 'chai';
import { AT_LEAST_ONCE } from '../../src/domain/sending/unknown-outcome.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { lookUpUnknowns } from '../../src/receipts/unknown-outcomes.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { contextOf, plant, rowOf } from './rows.ts';

const MINUTE_MS = 60_000;

describe('a message of unknown outcome to a person whose keys are lost', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const lost = async (): Promise<DeliveryDoc> => {
    const person = newPerson();
    await gateway.text(person, 'JOIN');
    const row = await plant(open, person, 'Hello', { leaseUntil: new Date(Date.now() - 10_000) });
    expect(await expireClaims(gateway.store, CLAIM_LEASE_MS, open.context.now())).to.equal(1);
    return row;
  };
  const look = () => lookUpUnknowns(open.context, async () => [], AT_LEAST_ONCE);

  it('is searched once an hour and fails no run', async () => {
    const [row, other] = [await lost(), await lost()];
    await gateway.store.contacts.updateOne({ _id: row.contact }, { $set: { 'keys.profile.by': 'gone' } });
    expect(await look()).to.deep.equal({ looked: 1, found: 0 });
    expect((await rowOf(gateway.store, other)).lookups).to.have.length(1);
    ahead = 100 * MINUTE_MS;
    const now = open.context.now().getTime();
    await look();
    const waiting = await rowOf(gateway.store, row);
    expect([waiting.state, waiting.lookups]).to.deep.equal(['unknown', undefined]);
    expect((waiting.lookUpAt?.getTime() ?? 0) - now).to.be.within(60 * MINUTE_MS, 61 * MINUTE_MS);
  });
});
