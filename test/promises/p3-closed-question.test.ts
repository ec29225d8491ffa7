import { expect } from 'chai';
import { optOut } from '../../src/consent/opt-in-and-out.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { contextOf, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { indexOf, newPerson, postText, textFields } from './inbound-posts.ts';

describe('P3 STOP wins: a prompt that names the topic does not leave after its opt-out was answered', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const text = (person: string, body: string) => postText(gateway, textFields(person, body));
  const change = ({ _id }: DeliveryDoc, $set: Partial<DeliveryDoc>, ...gone: (keyof DeliveryDoc)[]) =>
    gateway.store.deliveries.updateOne(
      { _id },
      { $set, $unset: Object.fromEntries(gone.map((name) => [name, ''])) },
    );
  /** The prompt for a JOIN, while another process hands it over or before any process does. */
  const asked = async (person: string, state: 'sending' | 'planned'): Promise<DeliveryDoc> => {
    await text(person, 'JOIN');
    const question = () => gateway.store.deliveries.findOne({ index: indexOf(gateway, person) });
    await until(
      'no worker holds the prompt',
      async () => ((await question())?.state ?? 'sending') !== 'sending',
    );
    const row = (await question()) as DeliveryDoc;
    const flag = { owner: 'another', leaseUntil: new Date(Date.now() + CLAIM_LEASE_MS) };
    const due = { owner: null, leaseUntil: null };
    await change(row, { state, open: true, ...(state === 'sending' ? flag : due) }, 'acceptedAt');
    return row;
  };
  const isClosed = async ({ contact }: DeliveryDoc): Promise<boolean> =>
    (await gateway.store.contacts.findOne({ _id: contact }))?.prompts[0]?.state !== 'open';

  const optOutOfDeals = (number: string) =>
    optOut(open.context, {
      ...{ number, programs: [], topics: [{ program: 'deals', topic: 'deals' }] },
      ...{ channel: 'NOT_STATED', origin: {}, actor: 'a test' },
    });

  const ENDINGS: [how: string, end: (person: string) => Promise<unknown>, why: string][] = [
    ['by text', (person) => text(person, 'STOP DEALS'), 'opted out'],
    ['by the API', optOutOfDeals, 'opted out'],
    ['by a NO to it', (person) => text(person, 'NO'), 'the person refused what it asks'],
  ];
  for (const [how, end, why] of ENDINGS) {
    it(`${how}: the answer waits until the prompt has settled`, async () => {
      const person = newPerson();
      const row = await asked(person, 'sending');
      let answered = false;
      const ended = end(person).finally(() => {
        answered = true;
      });
      await until('the prompt is closed', () => isClosed(row));
      // The text of another person takes longer than the rest of this one would, so this one must be waiting.
      await text(newPerson(), 'HELP');
      expect(answered).to.equal(false);
      await change(row, { state: 'accepted' }, 'open');
      await ended;
    });

    it(`${how}: a prompt that waits to be sent is canceled, and says why`, async () => {
      const person = newPerson();
      const row = await asked(person, 'planned');
      await end(person);
      expect(await rowOf(gateway.store, row)).to.include({ state: 'canceled', error: why });
    });
  }
});
