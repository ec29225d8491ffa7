import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import type { Program, Topic } from '../../src/domain/program.ts';
import { cancelAndDrain } from '../../src/sending/cancel-and-drain.ts';
import { type MessageRequest, planMessage } from '../../src/sending/plan-delivery.ts';
import { findHolders } from '../../src/store/contacts/contacts.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { deliveryPlace } from '../../src/store/deliveries/delivery.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { unseal } from '../../src/store/sealing/sealing.ts';
import type { Store } from '../../src/store/store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const program = PROGRAMS.find(({ id }) => id === 'deals') as Program;
const topic = program.topics.find(({ id }) => id === 'deals') as Topic;

describe('planning one message', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  let last = 0;
  const subscriber = async (): Promise<{ phone: string; contact: string }> => {
    const phone = `+1555130${String(++last).padStart(4, '0')}`;
    for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
    const [stored] = await findHolders(gateway.store, [blindIndex(gateway.config.blindIndexKeys, phone)]);
    return { phone, contact: stored?._id ?? '' };
  };
  const order = (contact: string, change: Partial<MessageRequest> = {}): MessageRequest => ({
    contact,
    digest: `${contact.slice(2)}${'x'.repeat(8)}`,
    template: 'text',
    ...{ program, topic, sender: SENDERS.shop, text: 'Fernway: hello', language: null, validUntil: null },
    ...change,
  });
  const deps = (store: Store = gateway.store) => ({
    store,
    ring: gateway.config.keyRing,
    now: () => new Date(),
  });
  const rowOf = (id: string | undefined) => gateway.store.deliveries.findOne({ _id: id ?? '' });

  it("seals number and words under the person's key, for this row alone", async () => {
    const { phone, contact } = await subscriber();
    const row = await planMessage(deps(), order(contact));
    const [stored] = await findHolders(gateway.store, [blindIndex(gateway.config.blindIndexKeys, phone)]);
    if (stored === undefined || row?.sealed == null) throw new Error('nothing was planned');
    const { keys } = openHolder(gateway.config.keyRing, stored, []);
    const kept = (await rowOf(row._id))?.sealed as Buffer;
    expect(JSON.parse(unseal(keys.profile, deliveryPlace(row._id), kept).toString())).to.deep.equal({
      to: phone,
      text: 'Fernway: hello',
    });
    expect(() => unseal(keys.profile, deliveryPlace('another'), kept)).to.throw();
  });

  it('returns the existing row when the same message is ordered again, whatever became of it', async () => {
    const { contact } = await subscriber();
    const first = await planMessage(deps(), order(contact));
    await gateway.store.deliveries.updateOne(
      { _id: first?._id ?? '' },
      { $set: { state: 'delivered', carrierSid: 'SM1' } },
    );
    const again = await planMessage(deps(), order(contact, { text: 'other words' }));
    expect([again?._id, again?.state]).to.deep.equal([first?._id, 'delivered']);
    expect((await rowOf(first?._id))?.parts).to.equal(1);
  });

  it('plans the given sender', async () => {
    const { contact } = await subscriber();
    const row = await planMessage(deps(), order(contact, { sender: SENDERS.stylist }));
    expect(row?.sender).to.equal(SENDERS.stylist.number);
  });

  /** A store that does something between the reading of the facts and the row. */
  const interrupted = (act: () => Promise<unknown>): Store => {
    const { deliveries } = gateway.store;
    const insertOne: typeof deliveries.insertOne = async (...given) => {
      await act();
      return deliveries.insertOne(...given);
    };
    const patched = new Proxy(deliveries, {
      get: (target, name) => {
        const value = name === 'insertOne' ? insertOne : Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { ...gateway.store, deliveries: patched };
  };

  it('writes a row of an older revision during a STOP, which the opt-out cancels or the gate refuses', async () => {
    const { phone, contact } = await subscriber();
    const store = interrupted(() => gateway.text(phone, 'STOP'));
    const row = await planMessage(deps(store), order(contact));
    const after = await gateway.store.contacts.findOne({ _id: contact });
    expect(row?.state).to.equal('planned');
    expect(row?.rev).to.be.lessThan(after?.rev ?? 0);
    // The STOP was answered before the row was there: a repeated one finds it by its revision.
    const fact = { contact, rev: after?.rev ?? 0, prompts: [], personId: undefined };
    await cancelAndDrain(gateway.store, { ...fact, scopes: ['all'] }, () => performance.now());
    expect((await rowOf(row?._id))?.state).to.equal('canceled');
  });

  it('records a skip after a STOP', async () => {
    const { phone, contact } = await subscriber();
    await gateway.text(phone, 'STOP');
    const row = await planMessage(deps(), order(contact));
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['opted-out', 'not-subscribed']]);
  });

  it('rejects and leaves nothing when it cannot write', async () => {
    const { contact } = await subscriber();
    const store = interrupted(() => Promise.reject(new Error('away')));
    const failed = await planMessage(deps(store), order(contact)).catch((error: Error) => error.message);
    expect(failed).to.equal('away');
    expect(await gateway.store.deliveries.countDocuments({ contact, template: 'text' })).to.equal(0);
  });
});
