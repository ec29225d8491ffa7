import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { type Holder, openHolder } from '../../src/store/people/holder.ts';
import { mergesOf } from '../../src/store/people/merges.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, cast, plannedFor } from '../support/people.ts';
import { indexOf, newPerson, optOutOf } from './inbound-posts.ts';

const LOST = 'key ring k-lost';

describe('P4: STOP counts from whoever was sealed by a key that is lost for good', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    const programs = PROGRAMS.map(({ capping: _, ...one }) =>
      one.id === 'stylist' ? { ...one, minimumAge: 21 } : one,
    );
    gateway = await startGateway({ worker: 'sending', programs });
    client = await newClient(gateway);
  });
  afterEach(() => gateway.store.marks.deleteOne({ _id: LOST }));
  after(() => gateway.stop());

  const lose = async (number: string): Promise<string> => {
    const index = indexOf(gateway, number);
    const by = { 'keys.profile.by': 'k-lost', 'keys.evidence.by': 'k-lost' };
    const contact = await gateway.store.contacts.findOneAndUpdate({ index, current: true }, { $set: by });
    return contact?._id ?? '';
  };
  const note = () => gateway.store.marks.insertOne({ _id: LOST, at: new Date(), value: 'lost' });
  const joined = async (): Promise<string> => {
    const number = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    return number;
  };
  const rejoin = async (number: string): Promise<void> => {
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
  };
  const merge = async (one: string, other: string): Promise<void> => {
    const body = { with: other, reason: 'They wrote from both.' };
    expect((await client('post', `/contacts/${one}/merge`, { body })).status).to.equal(200);
  };
  /** Why an offer did not go; empty where it went. */
  const offer = async (holder: Holder) => {
    const row = plannedFor(holder, { ifCapped: 'skip' });
    await gateway.store.deliveries.insertOne(row);
    const read = () => gateway.store.deliveries.findOne({ _id: row._id });
    await until('its end', async () => (await read())?.open === undefined);
    return (await read())?.decision?.reasons;
  };
  const holderNow = async (number: string): Promise<Holder> => {
    const stored = await current(number);
    if (stored === null) throw new Error('nobody has the number');
    return openHolder(gateway.config.keyRing, stored, []);
  };
  const waiting = () => readdir(join(gateway.config.dataDir, 'spool'));
  const saysOf = async (number: string, word: string): Promise<string> =>
    (await gateway.text(number, word)).messages.map(({ body }) => body).join('\n');
  const current = (number: string) =>
    gateway.store.contacts.findOne({ index: indexOf(gateway, number), current: true });

  it('waits in the spool for a key that may come back, and no longer once it is noted as lost', async () => {
    const number = await joined();
    const before = await lose(number);
    expect(await saysOf(number, 'STOP')).to.equal('');
    expect(await waiting()).to.have.lengthOf(1);
    await note();
    await until('an empty spool', async () => (await waiting()).length === 0);
    expect(await optOutOf(gateway, number)).not.to.equal(null);
    expect((await current(number))?._id).not.to.equal(before);
    const holders = await gateway.store.contacts.find({ index: indexOf(gateway, number) }).toArray();
    expect(holders.map((one) => one.current).sort()).to.deep.equal([false, true]);
  });

  it('is answered at once after that, as are HELP and JOIN, and an opt-out by form is taken', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, joined));
    for (const number of people) await lose(number);
    await note();
    const [stops, asks, joins, writes] = people as [string, string, string, string];
    expect(await saysOf(stops, 'STOP')).to.contain('unsubscribed');
    expect(await saysOf(asks, 'HELP')).to.contain('Fernway Deals');
    expect(await saysOf(joins, 'JOIN')).to.contain('YES');
    const body = { phone: writes, channel: 'VERBAL' };
    expect((await client('post', '/opt-outs', { body })).status).to.equal(200);
    for (const number of [stops, writes]) expect(await optOutOf(gateway, number)).not.to.equal(null);
    expect((await current(asks))?.subscriptions, 'consent that nobody can prove any more').to.deep.equal([]);
    expect(await waiting()).to.deep.equal([]);
  });

  it('ends marketing to their other numbers too, whatever they texted before, and JOIN brings it back', async () => {
    const { keyRing: ring, blindIndexKeys } = gateway.config;
    const people = { ...cast('164'), ring, indexOf: (number: string) => blindIndex(blindIndexKeys, number) };
    const [one, other] = [
      await addSubscriber(gateway.store, people),
      await addSubscriber(gateway.store, people),
    ];
    await merge(one.id, other.id);
    await lose(one.number);
    await note();
    const offered = () => offer(other);
    await gateway.text(one.number, 'HELP');
    expect(await offered()).to.deep.equal([]);
    await gateway.text(one.number, 'STOP');
    expect(await offered()).to.deep.equal(['other-number-stopped']);
    const now = await current(one.number);
    expect(now?.personId).to.equal((await current(other.number))?.personId);
    const merges = await mergesOf(gateway.store, [now?._id ?? '']);
    expect(merges.map(({ contacts }) => [...contacts].sort())).to.deep.equal([[one.id, now?._id].sort()]);
    await rejoin(one.number);
    expect(await offered()).to.deep.equal([]);
  });

  it('counts under a cap what they got before, though nobody had merged them', async () => {
    const number = await joined();
    const before = await holderNow(number);
    for (const _ of [1, 2, 3]) expect(await offer(before)).to.deep.equal([]);
    await lose(number);
    await note();
    await rejoin(number);
    expect(await offer(await holderNow(number))).to.deep.equal(['capped']);
  });

  it('reaches whom their former contact is merged with afterwards', async () => {
    const [number, another] = [await joined(), await joined()];
    const former = await lose(number);
    await note();
    await rejoin(number);
    const other = await holderNow(another);
    await merge(former, other.id);
    await gateway.text(number, 'STOP');
    expect(await offer(other)).to.deep.equal(['other-number-stopped']);
  });

  it('takes no other birth date of whoever failed an age gate', async () => {
    const number = newPerson();
    const asks = async (word: string): Promise<string> =>
      (await gateway.text(number, word, SENDERS.stylist.number)).messages.map(({ body }) => body).join('\n');
    for (const word of ['STYLE', 'YES']) await asks(word);
    expect(await asks('2014-03-04')).to.contain('only for people aged 21');
    await lose(number);
    await note();
    await asks('HELP');
    const [kept] = (await current(number))?.subscriptions ?? [];
    expect(kept).to.include({ program: 'stylist', state: 'refused', basis: null });
    expect(await asks('STYLE')).to.contain('only for people aged 21');
  });

  it('keeps a pause of theirs until they end it, and no longer, on any number', async () => {
    const [number, another] = [await joined(), await joined()];
    const other = await holderNow(another);
    await merge((await holderNow(number)).id, other.id);
    await gateway.text(number, 'STOP');
    await rejoin(number);
    await gateway.text(number, 'PAUSE');
    await lose(number);
    await note();
    await rejoin(number);
    expect(await offer(other)).to.deep.equal(['other-number-paused']);
    await gateway.text(number, 'RESUME');
    expect(await offer(other)).to.deep.equal([]);
    expect(await offer(await holderNow(number))).to.deep.equal([]);
  });

  it('lets a YES end a pause of theirs, where they have no other number', async () => {
    const number = await joined();
    await gateway.text(number, 'STOP');
    await rejoin(number);
    await gateway.text(number, 'PAUSE');
    await lose(number);
    await note();
    await rejoin(number);
    expect(await offer(await holderNow(number))).to.deep.equal([]);
  });

  it('lets what they asked of staff be closed, and neither answered nor opted out, once the key is noted as lost', async () => {
    const [number, another] = [await joined(), await joined()];
    const asked = async (from: string): Promise<string> => {
      await gateway.text(from, 'is the blue one back in store?');
      return (await current(from))?.inboxItem?.text ?? '';
    };
    const [item, other] = [await asked(number), await asked(another)];
    const act = (id: string, how: string, body: object = { reason: 'Read with care.' }) =>
      client('post', `/inbox/${id}/${how}`, { body });
    const contact = await lose(number);
    await lose(another);
    const missing = await act(item, 'close');
    expect(missing.status).to.equal(409);
    expect(missing.body.next_step).to.contain('KEYRING');
    await note();
    await gateway.text(another, 'HELP');
    for (const one of [await act(item, 'answer', { text: 'Fernway: yes.' }), await act(item, 'opt-out')]) {
      expect([one.status, one.body.next_step]).to.deep.equal([409, 'Close it: POST /inbox/{id}/close.']);
    }
    for (const id of [item, other]) expect((await act(id, 'close')).status).to.equal(200);
    expect(
      await gateway.store.inbound.countDocuments({ _id: { $in: [item, other] }, inbox: 'open' }),
    ).to.equal(0);
    expect((await gateway.store.contacts.findOne({ _id: contact }))?.inboxItem).to.equal(undefined);
    const again = await act(item, 'close');
    expect([again.status, again.body.repeated]).to.deep.equal([200, true]);
  });
});
