import { expect } from 'chai';
import { isStanding } from '../../../src/domain/consent/suppression.ts';
import { sweepAll, sweepBounces } from '../../../src/receipts/bounce-sweep.ts';
import { createReceiptRecorder } from '../../../src/receipts/record-receipt.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import { type Client, newClient } from '../../api/client.ts';
import { addSubscriber } from '../../support/people.ts';
import { newSid } from '../rows.ts';
import { type BounceHarness, daysAgo, openBounceHarness } from './bounce-harness.ts';

const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };
const MINUTE = 60_000;
const LONG_CODE = '+15550100199';
const TOLL_FREE = '+18885550100';

describe('a network that blocks everybody for an hour', () => {
  let ground: BounceHarness;
  let api: Client;
  let coastal: string[];
  let alone: string;
  before(async () => {
    ground = await openBounceHarness();
    api = await newClient(ground.gateway);
    const body = { kind: 'toll-free', country: 'US', opt_out_handling: 'network' };
    expect((await api('put', `/senders/${encodeURIComponent(TOLL_FREE)}`, { body })).status).to.equal(200);
    await ground.context.catalog.refresh();
    coastal = [];
    for (let at = 0; at < 12; at += 1) coastal.push(await ground.addPerson('305'));
    alone = await ground.addPerson();
    for (const contact of [...coastal, alone]) await ground.addMessages(contact, '30 ok', { network: '305' });
  });
  after(() => ground.close());

  /** A message that left so many days ago, of which a receipt says a minute later that it was blocked, or what `told` says. */
  const blocked = async (
    contact: string,
    days: number,
    over: { sender?: string; network?: string },
    told = ['undelivered'],
  ) => {
    const words = `${days} sent`;
    const accepted = { state: 'accepted' as const, ...over };
    await ground.addMessages(contact, words, accepted);
    const delivery = `${contact}.${words.replace(' ', '.')}.0`;
    await ground.gateway.store.deliveries.updateOne(
      { _id: delivery },
      { $unset: { error: '', finalAt: '' } },
    );
    for (const status of told) await tell(delivery, days, status);
  };
  const tell = async (delivery: string, days: number, status: string): Promise<void> => {
    const error = status === 'undelivered' ? '30004' : null;
    const at = new Date(daysAgo(days).getTime() + MINUTE);
    const posted = { carrierSid: newSid(), status, error, doneDate: null, at };
    const recorder = createReceiptRecorder(ground.gateway.store, ground.context);
    await recorder({ ...posted, attempt: { delivery, epoch: 1 }, to: null, from: null });
  };
  const blocks = async (contacts: readonly string[]): Promise<string[]> => {
    const { store } = ground.gateway;
    const holders = await store.contacts.find({ _id: { $in: [...contacts] } }).toArray();
    const index = { $in: holders.map((holder) => holder.index) };
    const rows = await store.suppressions.find({ index, kind: 'carrier' }).toArray();
    return rows.filter((row) => isStanding(row, null)).map(({ scope }) => scope);
  };
  const lastOf = async (contact: string) =>
    (await ground.gateway.store.consentEvents.find({ contact }).sort({ seq: -1 }).limit(1).toArray())[0];

  it('takes no sender from its customers, while a number that blocks us alone loses one', async () => {
    for (const contact of coastal) await blocked(contact, 5, { network: '305' });
    await blocked(alone, 6, { network: '212', sender: LONG_CODE });
    expect(await blocks(coastal)).to.have.length(12);
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0, suppressed: 0, restored: 12 });
    expect(await blocks(coastal)).to.deep.equal([]);
    expect(await blocks([alone])).to.deep.equal([`sender:${LONG_CODE}`]);
    expect(await lastOf(coastal[0] ?? '')).to.include({
      ...{ kind: 'carrier-unblocked', scope: 'sender:28555', actor: 'job:bounce-sweep' },
      reason: 'a failure that it rested on does not count',
    });
    const written = await ground.written();
    for (const again of [sweepBounces, sweepAll]) await again(ground.context, FREE);
    expect(await ground.written()).to.equal(written);
  });

  it('takes no sender from a number whose receipt comes after the sweep of that hour', async () => {
    const late = await ground.addPerson('305');
    await blocked(late, 5, { network: '305' });
    expect(await blocks([late])).to.deep.equal(['sender:28555']);
    expect(await sweepAll(ground.context, FREE)).to.include({ restored: 1 });
    expect(await blocks([late])).to.deep.equal([]);
  });

  it('takes no sender from a number whose message arrived, in whatever order that is reported', async () => {
    const [first, last] = [await ground.addPerson('646'), await ground.addPerson('646')];
    await blocked(first, 4, { network: '646' }, ['delivered', 'undelivered']);
    expect(await blocks([first])).to.deep.equal([]);
    await blocked(last, 4, { network: '646' });
    expect(await blocks([last])).to.deep.equal(['sender:28555']);
    for (const again of [sweepBounces, sweepAll]) await again(ground.context, FREE);
    expect(await blocks([last])).to.deep.equal(['sender:28555']);
    await tell(`${last}.4.sent.0`, 4, 'delivered');
    expect(await sweepAll(ground.context, FREE)).to.include({ ended: 0, suppressed: 0, restored: 1 });
    expect(await blocks([last])).to.deep.equal([]);
    expect(await lastOf(last)).to.include({
      ...{ kind: 'carrier-unblocked', scope: 'sender:28555', actor: 'job:bounce-sweep-nightly' },
    });
  });

  it('takes no sender from the next holder of a number', async () => {
    const { context, gateway } = ground;
    const former = await ground.addPerson('305');
    await blocked(former, 5, { network: '305' });
    const contact = (await gateway.store.contacts.findOne({ _id: former })) as ContactDoc;
    const { number } = openHolder(context.ring, contact, []);
    await gateway.store.contacts.updateOne({ _id: former }, { $set: { current: false } });
    const { id } = await addSubscriber(gateway.store, { ...context, number: () => number });
    expect(await blocks([id])).to.deep.equal(['sender:28555']);
    expect(await sweepAll(context, FREE)).to.include({ ended: 0, suppressed: 0, restored: 1 });
    expect(await blocks([id])).to.deep.equal([]);
    expect(await lastOf(id)).to.include({ kind: 'carrier-unblocked', scope: 'sender:28555' });
  });

  it('counts for a number that it blocks again in another hour', async () => {
    const [contact = ''] = coastal;
    await blocked(contact, 2, { network: '305' });
    for (const again of [sweepBounces, sweepAll]) await again(ground.context, FREE);
    expect(await blocks([contact])).to.deep.equal(['sender:28555']);
  });

  it('changes no opt-out: on a toll-free number a block is one', async () => {
    const people: string[] = [];
    for (let at = 0; at < 12; at += 1) people.push(await ground.addPerson('406'));
    for (const person of people) await ground.addMessages(person, '30 ok');
    for (const person of people) await blocked(person, 3, { network: '406', sender: TOLL_FREE });
    for (const again of [sweepBounces, sweepAll]) {
      expect(await again(ground.context, FREE)).to.include({ restored: 0 });
    }
    const { items } = (await api('get', '/incidents')).body;
    expect(items.map(({ network }: { network: string | null }) => network)).to.include('406');
    expect(await blocks(people)).to.have.length(12);
    for (const person of people) expect(await ground.standing(person)).to.equal('unsubscribed');
  });
});
