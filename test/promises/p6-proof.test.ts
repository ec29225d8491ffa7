import { expect } from 'chai';
import { openEntry } from '../../src/consent/ledger/ledger.ts';
import { faultIn } from '../../src/consent/ledger/verify-chain.ts';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { type ConsentEventDoc, chainOf } from '../../src/store/consent/consent-events.ts';
import { findDisclosure } from '../../src/store/consent/disclosures.ts';
import { openHolderKey } from '../../src/store/sealing/keys.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const PERSON = '+15551230601';

describe('P6 proof: every change of consent is an entry that cannot be edited unseen', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway();
    for (const words of ['JOIN', 'Yes!', 'MENU', '3', 'STOP EVENTS', 'PAUSE 10', 'STOP']) {
      await gateway.text(PERSON, words);
    }
  });
  after(() => gateway.stop());

  const read = async () => {
    const contact = await gateway.store.contacts.findOne({});
    if (contact === null) throw new Error('no contact');
    const key = openHolderKey(gateway.config.keyRing, contact._id, contact.keys, 'evidence');
    return { contact, key, events: await chainOf(gateway.store, contact._id) };
  };
  const verify = () => verifyLedger(gateway.store, gateway.config.keyRing, () => undefined);

  it('holds each act in order, with the exact words shown and typed, the text it came by and the rules used', async () => {
    const { events, key } = await read();
    expect(events.map((event) => event.kind)).to.deep.equal([
      'requested',
      'prompted',
      'confirmed',
      'menu-shown',
      'topic-on',
      'topic-off',
      'paused',
      'withdrawn',
    ]);
    const [, prompted, confirmed, , topicOn] = events as Required<ConsentEventDoc>[];
    const shown = openEntry(prompted as ConsentEventDoc, key)?.shown?.[1] ?? '';
    const version = prompted?.disclosure?.version ?? 0;
    const disclosure = await findDisclosure(gateway.store, 'deals', 'sms-prompt.en', version);
    expect(shown).to.equal(disclosure?.text);
    const act = openEntry(confirmed as ConsentEventDoc, key);
    expect(act?.words?.[1]).to.equal('Yes!');
    expect(act?.number?.[1]).to.equal(PERSON);
    expect(act?.messageSid?.[1]).to.match(/^SM/);
    expect(confirmed).to.include({ channel: 'VIA_TEXT', sender: '28555', actor: 'person' });
    expect(confirmed?.rules).to.match(/\d/);
    expect(topicOn?.answers, 'the code points to the menu that was shown').to.equal(4);
  });

  it('verifies whole', async () => {
    expect(await verify()).to.deep.equal({ chains: 1, entries: 8, faults: [], strays: 0 });
  });

  it('keeps nothing personal outside the sealed part', async () => {
    const { events } = await read();
    for (const { sealed: _, ...open } of events) {
      expect(JSON.stringify(open)).not.to.match(/5551230601|Yes!|SM[0-9a-f]{32}/);
    }
  });

  it('still verifies when the personal part is erased, and nothing can be guessed back', async () => {
    const { events, contact } = await read();
    const erased = events.map((event) => ({ ...event, sealed: null }));
    expect(faultIn(erased, contact.head, null)).to.equal(null);
    const twice = events.map((event) => event.commitments.number);
    expect(new Set(twice).size, 'one number, salted anew in every entry').to.equal(twice.length);
  });

  const tampered: [string, (events: ConsentEventDoc[]) => ConsentEventDoc[], number, RegExp][] = [
    [
      'changed',
      (all) => all.map((one) => (one.seq === 3 ? { ...one, actedAt: new Date(0) } : one)),
      3,
      /changed/,
    ],
    ['dropped', (all) => all.filter((one) => one.seq !== 5), 5, /missing/],
    ['dropped at the end', (all) => all.slice(0, -1), 8, /missing/],
    [
      'moved',
      (all) =>
        all.map((one, at) =>
          at === 3
            ? { ...(all[4] as ConsentEventDoc), seq: 4 }
            : at === 4
              ? { ...(all[3] as ConsentEventDoc), seq: 5 }
              : one,
        ),
      4,
      /follow|changed/,
    ],
    ['added', (all) => [...all.slice(0, 4), all[3] as ConsentEventDoc, ...all.slice(4)], 4, /twice/],
    [
      'given other words',
      (all) =>
        all.map((one) =>
          one.seq === 3 ? { ...one, commitments: { ...one.commitments, words: '0'.repeat(64) } } : one,
        ),
      3,
      /changed/,
    ],
    [
      'sealed anew',
      (all) =>
        all.map((one) => (one.seq === 3 ? { ...one, sealed: (all[1] as ConsentEventDoc).sealed } : one)),
      3,
      /sealed/,
    ],
  ];
  for (const [what, change, seq, says] of tampered) {
    it(`names an entry that was ${what}`, async () => {
      const { events, contact, key } = await read();
      const fault = faultIn(change(events), contact.head, key);
      expect(fault?.seq).to.equal(seq);
      expect(fault?.what).to.match(says);
    });
  }

  it('names a chain whose entries belong to nobody', async () => {
    const { events } = await read();
    await gateway.store.consentEvents.insertOne({ ...(events[0] as ConsentEventDoc), contact: 'c_nobody' });
    expect(await verify()).to.include({ strays: 1 });
    await gateway.store.consentEvents.deleteOne({ contact: 'c_nobody' });
  });

  it('names an entry changed in the database itself', async () => {
    const { contact } = await read();
    const place = { contact: contact._id, seq: 8 };
    await gateway.store.consentEvents.updateOne(place, { $set: { kind: 'paused' } });
    const { faults } = await verify();
    expect(faults).to.deep.equal([{ contact: contact._id, seq: 8, what: 'the entry was changed' }]);
    await gateway.store.consentEvents.updateOne(place, { $set: { kind: 'withdrawn' } });
  });
});
