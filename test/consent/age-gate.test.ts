import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { openEntry } from '../../src/consent/ledger/ledger.ts';
import type { Program, Topic } from '../../src/domain/program.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { deliveryPlace } from '../../src/store/deliveries/delivery.ts';
import { unseal } from '../../src/store/sealing/sealing.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const ADULTS: Program = { ...(PROGRAMS[2] as Program), id: 'cellar', name: 'Fernway Cellar', minimumAge: 21 };
const topic = (id: string, code: string, purpose: Topic['purpose']): Topic => ({
  ...(ADULTS.topics[0] as Topic),
  ...{ id, code, word: id.toUpperCase(), purpose },
});
/** A program with the same minimum age whose keyword asks for no marketing. */
const CARE: Program = {
  ...ADULTS,
  id: 'care',
  name: 'Fernway Care',
  keywords: { en: ['CARE'] },
  topics: [topic('repairs', '7', 'informational'), topic('wines', '8', 'marketing')],
  joinTopics: ['repairs'],
};
const MERGED = '+15551250004';
const OLD_ENOUGH = '+15551250001';
const TOO_YOUNG = '+15551250002';
const UNCLEAR = '+15551250003';

/** The dates that were texted, in any way they could be kept. */
const DATES = [
  /02\/17\/1991/,
  /1991-02-17/,
  // A salt in hex may hold the same five characters: a date stands apart.
  /\b17 ?feb/i,
  /feb\w* 17/i,
  /02171991/,
  /17\/2\/91/,
  /2014-03-04/,
  /03\/04\/2014/,
];

describe('an age gate, end to end', () => {
  let gateway: Gateway;
  before(async () => {
    // At its usual rate each reply of several parts would wait for seconds.
    const senders = [{ ...SENDERS.stylist, rate: 100 }];
    gateway = await startGateway({ worker: 'sending', senders, programs: [ADULTS, CARE] });
  });
  after(() => gateway.stop());

  const answer = async (from: string, body: string): Promise<string> =>
    (await gateway.text(from, body)).replies.join('\n');

  it('asks for the birth date after YES, and again after a second YES', async () => {
    expect(await answer(OLD_ENOUGH, 'STYLE')).to.contain('reply YES');
    expect(await answer(OLD_ENOUGH, 'Yes!')).to.contain('birth date');
    expect(await answer(OLD_ENOUGH, 'YES')).to.contain('birth date');
  });

  it('welcomes a person who is old enough, and a repeated date changes nothing', async () => {
    expect(await answer(OLD_ENOUGH, '02/17/1991')).to.contain('You joined Fernway Cellar');
    expect(await answer(OLD_ENOUGH, 'February 17 1991')).not.to.contain('1991');
  });

  it('keeps the word that they confirmed with, sealed, and shows it to WHY', async () => {
    expect(await answer(OLD_ENOUGH, 'WHY')).to.contain('with the words "Yes!"');
    const stored = await gateway.store.contacts.find({}).toArray();
    expect(stored).to.have.lengthOf(1);
    expect(JSON.stringify(stored)).not.to.contain('Yes!');
  });

  it('refuses a person who is too young', async () => {
    for (const body of ['STYLE', 'YES']) await answer(TOO_YOUNG, body);
    expect(await answer(TOO_YOUNG, '2014-03-04')).to.contain('only for people aged 21');
    expect(await answer(TOO_YOUNG, 'WHY')).to.contain('not signed up');
  });

  it('does not ask them again a minute later', async () => {
    expect(await answer(TOO_YOUNG, 'STYLE')).to.contain('only for people aged 21');
    expect(await answer(TOO_YOUNG, 'YES')).not.to.contain('birth date as');
    expect(await answer(TOO_YOUNG, '1990-02-17')).not.to.contain('You joined');
  });

  it('explains the format to a person who writes an unreadable date', async () => {
    for (const body of ['STYLE', 'YES']) await answer(UNCLEAR, body);
    expect(await answer(UNCLEAR, '17/2/91')).to.contain('MM/DD/YYYY');
  });

  it('tells a merged person, whose other number never failed the gate, that the new topic comes', async () => {
    for (const body of ['CARE', 'YES', '02/17/1991']) await answer(MERGED, body);
    const [contact] = await gateway.store.contacts.find().sort({ createdAt: -1 }).limit(1).toArray();
    await gateway.store.contacts.updateOne({ _id: contact?._id ?? '' }, { $set: { personId: 'p_merged' } });
    for (const body of ['8', 'YES']) await answer(MERGED, body);
    expect(await answer(MERGED, '02/17/1991'))
      .to.contain('You now get')
      .and.not.contain('on hold');
  });

  it('stores no birth date: in no collection, sealed or open, and in no log line', async () => {
    const kept = [
      ...(await openDocuments(gateway)),
      ...(await sealedParts(gateway)),
      gateway.logs.join('\n'),
    ];
    expect(kept.length).to.be.above(20);
    for (const date of DATES)
      expect(
        kept.filter((text) => date.test(text)),
        String(date),
      ).to.deep.equal([]);
    // Other texts are stored, so the search above covered the right places.
    expect(kept.some((text) => text.includes('Yes!'))).to.equal(true);
    expect(kept.some((text) => text.includes('over 21'))).to.equal(true);
    expect(kept.some((text) => text.includes('under 21'))).to.equal(true);
  });
});

async function openDocuments({ store }: Gateway): Promise<string[]> {
  const collections = await store.db.collections();
  const documents = await Promise.all(collections.map((collection) => collection.find().toArray()));
  return documents.flat().map((document) => JSON.stringify(document));
}

/** Everything sealed about every person, opened with the keys of the installation. */
async function sealedParts({ store, config }: Gateway): Promise<string[]> {
  const parts: string[] = [];
  for (const contact of await store.contacts.find().toArray()) {
    const { keys, person, number } = openHolder(config.keyRing, contact, []);
    parts.push(JSON.stringify([person, number]));
    const of = { contact: contact._id };
    for (const inbound of await store.inbound.find(of).toArray()) {
      if (inbound.sealed !== null)
        parts.push(open(keys.profile, `inbound:${inbound._id}:sealed`, inbound.sealed));
    }
    for (const delivery of await store.deliveries.find(of).toArray()) {
      if (delivery.sealed !== null)
        parts.push(open(keys.profile, deliveryPlace(delivery._id), delivery.sealed));
    }
    for (const entry of await store.consentEvents.find(of).toArray()) {
      parts.push(JSON.stringify([entry.reason, openEntry(entry, keys.evidence)]));
    }
  }
  return parts;
}

const open = (key: Buffer, place: string, box: Buffer): string => unseal(key, place, box).toString('utf8');
