import { expect } from 'chai';
import { indexOf, newPerson, optOutOf, withdrawals } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

/** A field that the carrier may begin to post any day. */
const NEW_FIELD = { NewField: 'x' };

describe('a form that may have been cut out of another form', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
  });
  after(() => gateway.stop());

  const contactOf = (person: string) =>
    gateway.store.contacts.findOne({ index: indexOf(gateway, person), current: true });
  const deliveriesTo = async (person: string): Promise<number> =>
    gateway.store.deliveries.countDocuments({ index: indexOf(gateway, person) });
  const statesOf = async (person: string) =>
    (await contactOf(person))?.subscriptions.map(({ state }) => state) ?? [];

  it("waits for the carrier's copy as a JOIN, and then counts", async () => {
    const person = newPerson();
    const { sid, status } = await gateway.textWithoutWaiting(person, 'JOIN', undefined, NEW_FIELD);
    expect(status).to.equal(200);
    expect(await contactOf(person), 'nothing counts yet').to.equal(null);
    const kept = await gateway.store.uncertainTexts.findOne({ claimed: sid });
    expect([kept?.open, kept?.doubt.kind]).to.deep.equal([true, 'unknown-name']);
    await until('the prompt is on the handset', async () => (await gateway.received(person)).length === 1);
    expect(await statesOf(person)).to.deep.equal(['pending']);
    const settled = await gateway.store.uncertainTexts.findOne({ claimed: sid });
    expect([settled?.settled, settled?.open, settled?.sealed]).to.deep.equal(['confirmed', undefined, null]);
    const row = await gateway.store.inbound.findOne({ _id: sid });
    expect([row?.door, row?.uncertain]).to.deep.equal(['fetch', undefined]);
  });

  it("counts at once as a STOP, and is confirmed once the carrier's copy has come", async () => {
    const person = newPerson();
    await gateway.text(person, 'JOIN');
    await gateway.text(person, 'YES');
    const before = (await gateway.received(person)).length;
    const { sid } = await gateway.textWithoutWaiting(person, 'STOP', undefined, NEW_FIELD);
    expect(await optOutOf(gateway, person)).not.to.equal(null);
    expect(await statesOf(person)).to.deep.equal(['unsubscribed']);
    const planned = await deliveriesTo(person);
    await until(
      'the confirmation is on the handset',
      async () => (await gateway.received(person)).length === before + 1,
    );
    expect(await deliveriesTo(person)).to.equal(planned + 1);
    expect((await gateway.received(person)).at(-1)).to.contain('unsubscribed');
    expect((await gateway.store.inbound.findOne({ _id: sid }))?.reading.kind).to.equal('stop-all');
    expect(await withdrawals(gateway, person)).to.equal(2);
  });
});
