import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import { grouped } from '../../src/domain/grouped.ts';
import { movesOf } from '../../src/domain/reports/growth.ts';
import { quietHoursAt } from '../../src/sending/quiet-hours.ts';
import { chainOf } from '../../src/store/consent/consent-events.ts';
import { mergesOf } from '../../src/store/contacts/duplicates.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, testPeople } from '../support/people.ts';
import { indexOf, newPerson, optOutOf } from './inbound-posts.ts';
import { LOST, losingKeys } from './losing-keys.ts';

describe('P4: STOP counts from a person whose key is lost for good', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    const programs = PROGRAMS.map(({ capping: _, ...program }) =>
      program.id === 'stylist' ? { ...program, minimumAge: 21 } : program,
    );
    gateway = await startGateway({ worker: 'sending', programs });
    client = await newClient(gateway);
  });
  afterEach(() => gateway.store.marks.deleteOne({ _id: LOST }));
  after(() => gateway.stop());

  const keys = losingKeys(
    () => gateway,
    () => client,
  );
  const { current, holderNow, joined, lose, merge, note, offer, rejoin, saysOf } = keys;
  const waiting = () => readdir(join(gateway.config.dataDir, 'spool'));

  it('waits in the spool for a key that may come back, and no longer once it is noted as lost', async () => {
    const number = await joined();
    const before = await lose(number);
    const heard = await gateway.received(number);
    expect((await gateway.textWithoutWaiting(number, 'STOP')).status).to.equal(200);
    expect(await waiting()).to.have.lengthOf(1);
    expect(await gateway.received(number), 'nothing is said of it').to.deep.equal(heard);
    await note();
    await until('the spool is empty', async () => (await waiting()).length === 0);
    expect(await optOutOf(gateway, number)).not.to.equal(null);
    expect((await current(number))?._id).not.to.equal(before);
    const holders = await gateway.store.contacts.find({ index: indexOf(gateway, number) }).toArray();
    expect(holders.map((holder) => holder.current).sort()).to.deep.equal([false, true]);
  });

  it('is answered at once after that, as are HELP and JOIN, and an opt-out by form is accepted', async () => {
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
    const people = {
      ...testPeople('164'),
      ring,
      indexOf: (number: string) => blindIndex(blindIndexKeys, number),
    };
    const [first, other] = [
      await addSubscriber(gateway.store, people),
      await addSubscriber(gateway.store, people),
    ];
    await merge(first.id, other.id);
    await lose(first.number);
    await note();
    const offered = () => offer(other);
    await gateway.text(first.number, 'HELP');
    expect(await offered()).to.deep.equal([]);
    await gateway.text(first.number, 'STOP');
    expect(await offered()).to.deep.equal(['other-number-stopped']);
    const now = await current(first.number);
    expect(now?.personId).to.equal((await current(other.number))?.personId);
    const merges = await mergesOf(gateway.store, [now?._id ?? '']);
    expect(merges.map(({ contacts }) => [...contacts].sort())).to.deep.equal([[first.id, now?._id].sort()]);
    await rejoin(first.number);
    expect(await offered()).to.deep.equal([]);
  });

  it('leaves the caps counting what they got before, though nobody had merged them', async () => {
    const number = await joined();
    const before = await holderNow(number);
    for (const _ of [1, 2, 3]) expect(await offer(before)).to.deep.equal([]);
    await lose(number);
    await note();
    await rejoin(number);
    expect(await offer(await holderNow(number))).to.deep.equal(['capped']);
  });

  it('reaches people with whom their former contact is merged afterwards', async () => {
    const [number, another] = [await joined(), await joined()];
    const former = await lose(number);
    await note();
    await rejoin(number);
    const other = await holderNow(another);
    await merge(former, other.id);
    await gateway.text(number, 'STOP');
    expect(await offer(other)).to.deep.equal(['other-number-stopped']);
  });

  it('keeps a failed age gate: no other birth date is accepted', async () => {
    const number = newPerson();
    const asks = async (word: string): Promise<string> =>
      (await gateway.text(number, word, SENDERS.stylist.number)).replies.join('\n');
    for (const word of ['STYLE', 'YES']) await asks(word);
    expect(await asks('2014-03-04')).to.contain('only for people aged 21');
    await lose(number);
    await note();
    await asks('HELP');
    const [kept] = (await current(number))?.subscriptions ?? [];
    expect(kept).to.include({ program: 'stylist', state: 'refused', basis: null });
    expect(await asks('STYLE')).to.contain('only for people aged 21');
  });

  it('keeps their pause until they end it, and no longer, on any number', async () => {
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

  it('lets a YES end their pause when they have no other number', async () => {
    const number = await joined();
    await gateway.text(number, 'STOP');
    await rejoin(number);
    await gateway.text(number, 'PAUSE');
    await lose(number);
    await note();
    await rejoin(number);
    expect(await offer(await holderNow(number))).to.deep.equal([]);
  });

  it('leaves their quiet hours those of the place they gave before, which their area code does not know', async () => {
    const number = await joined('+12125550142');
    const place = { ...EMPTY_PROFILE.place, zone: 'America/Los_Angeles' };
    const profile = { ...EMPTY_PROFILE, place, zoneSure: true, lists: ['vip'] };
    const index = indexOf(gateway, number);
    await gateway.store.contacts.updateOne({ index }, { $set: { profile, profileRev: 3 } });
    await lose(number);
    await note();
    await rejoin(number);
    const kept = await current(number);
    expect(kept?.profile).to.deep.equal({ ...profile, lists: [] });
    expect(kept?.profileRev).to.equal(3);
    // This is eight o'clock in New York.
    const verdict = quietHoursAt(new Date('2026-12-01T13:00:00Z'));
    const { hold } = verdict({ class: 'marketing' }, { ...(await holderNow(number)), stored: kept }, null);
    expect(hold?.where).to.include({ zone: 'America/Los_Angeles', source: 'declared' });
  });

  it('begins their new ledger with the end of their subscriptions, which the growth report counts', async () => {
    const number = await joined();
    const former = await lose(number);
    await note();
    await gateway.text(number, 'HELP');
    await rejoin(number);
    const now = await current(number);
    const chain = await chainOf(gateway.store, now?._id ?? '');
    expect(
      chain.map(({ seq, kind, program, reason, actor }) => ({ seq, kind, program, reason, actor }))[0],
    ).to.deep.equal({ seq: 1, kind: 'ended', program: 'deals', reason: 'lost-key', actor: 'operator' });
    const confirmed = chain.find(({ kind }) => kind === 'confirmed');
    const asked = chain.find(({ seq }) => seq === confirmed?.answers);
    expect(asked?.kind).to.equal('prompted');
    const { body } = await client('get', '/consent-records', { query: `contact=${now?._id}` });
    expect([body.verified, body.fault]).to.deep.equal([true, null]);
    const both = [...(await chainOf(gateway.store, former)), ...chain];
    const moves = [...grouped(both, ({ contact }) => contact).values()].flatMap(movesOf);
    const of = (kind: string): number => moves.filter((move) => move.kind === kind).length;
    expect({ confirmed: of('confirmed'), ended: of('ended') }).to.deep.equal({ confirmed: 2, ended: 1 });
  });
});
