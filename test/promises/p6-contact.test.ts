import { expect } from 'chai';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('P6 proof: a contact is compared with its ledger and its number', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  const verify = () => verifyLedger(gateway.store, gateway.config, () => undefined);

  /**
   * The contact of a person who has texted these words, and the faults that are found after a change of its document.
   */
  const texted = async (number: string, ...words: string[]): Promise<ContactDoc> => {
    for (const body of words) await gateway.text(number, body);
    const contact = await gateway.store.contacts.findOne({}, { sort: { createdAt: -1 } });
    if (contact === null) throw new Error('no contact');
    return contact;
  };
  const faultsAfter = async ({ _id }: ContactDoc, change: Partial<ContactDoc>) => {
    await gateway.store.contacts.updateOne({ _id }, { $set: change });
    return (await verify()).faults
      .filter(({ contact }) => contact === _id)
      .map(({ seq, what }) => [seq, what]);
  };

  it('names a contact that says it is subscribed when its entries do not', async () => {
    const asked = await texted('+15551230604', 'JOIN');
    const at = new Date();
    const disclosure = { touchpoint: 'sms-prompt.en', version: 1 };
    const basis = { at, channel: 'VIA_TEXT' as const, disclosure, seq: 1 };
    const joined = { program: 'deals', state: 'subscribed' as const, since: at, purposes: ['marketing'] };
    const forged = { ...joined, topics: ['deals'] };
    expect(await faultsAfter(asked, { subscriptions: [{ ...forged, basis }] })).to.deep.equal([
      [1, 'the subscription to deals rests on the entry, which is no YES to it'],
    ]);
    expect(await faultsAfter(asked, { subscriptions: [{ ...forged, basis: null }] })).to.deep.equal([
      [2, 'the contact is subscribed to deals, and by its entries is not'],
    ]);
    expect(await faultsAfter(asked, { subscriptions: asked.subscriptions })).to.deep.equal([]);
  });

  it('names a contact with a topic on, or a program after STOP, when its entries have neither', async () => {
    const contact = await texted('+15551230605', 'JOIN', 'YES');
    const { subscriptions } = contact;
    const more = subscriptions.map((subscription) => ({
      ...subscription,
      topics: [...subscription.topics, 'news'],
    }));
    expect(await faultsAfter(contact, { subscriptions: more })).to.deep.equal([
      [3, 'the contact has news of deals on, and by its entries has not'],
    ]);
    await gateway.store.contacts.updateOne({ _id: contact._id }, { $set: { subscriptions } });
    await gateway.text('+15551230605', 'STOP');
    expect(await faultsAfter(contact, {})).to.deep.equal([]);
    expect(await faultsAfter(contact, { subscriptions })).to.deep.equal([
      [4, 'the contact is subscribed to deals, and by its entries is not'],
    ]);
  });

  it("names two contacts that are found by each other's number", async () => {
    const [first, other] = [await texted('+15551230606', 'JOIN'), await texted('+15551230607', 'JOIN')];
    const found = [0, 'the contact is found by another number than its own'];
    expect(await faultsAfter(first, { index: '1.away' })).to.deep.equal([found]);
    expect(await faultsAfter(other, { index: first.index })).to.deep.equal([found]);
    expect(await faultsAfter(first, { index: other.index })).to.deep.equal([found]);
    expect(await faultsAfter(first, { index: '1.away' })).to.deep.equal([found]);
    expect(await faultsAfter(other, { index: other.index })).to.deep.equal([]);
    expect(await faultsAfter(first, { index: first.index })).to.deep.equal([]);
    expect(await faultsAfter(first, { index: '1.away', sealed: null }), 'erased').to.deep.equal([]);
  });
});
