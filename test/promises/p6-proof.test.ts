import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { appendTo, GENESIS, type LedgerProvenance, openEntry } from '../../src/consent/ledger/ledger.ts';
import {
  type ChainProof,
  contactFault,
  faultsOf,
  verifyLedger,
} from '../../src/consent/ledger/verify-ledger.ts';
import { ledgerDraft } from '../../src/domain/consent/decision.ts';
import { type ConsentEventDoc, chainOf } from '../../src/store/consent/consent-events.ts';
import { readDisclosures } from '../../src/store/consent/disclosures.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { openHolderKey, signEntry } from '../../src/store/sealing/keys.ts';
import { readLedgerKeys } from '../../src/store/startup-checks.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const PERSON = '+15551230601';

/** The provenance of an act of a job without any act of the person. */
const JOB: LedgerProvenance = {
  ...{ channel: 'NO_ACT', sender: null, actor: 'job:erase', rules: 'erasure-1', personal: {} },
  ...{ actedAt: new Date('2026-01-02'), recordedAt: new Date('2026-01-02') },
};

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
  const verify = () => verifyLedger(gateway.store, gateway.config, () => undefined);
  const proofWith = async (evidence: Buffer | null): Promise<ChainProof> => ({
    evidence,
    ledgerKeys: await readLedgerKeys(gateway.store, gateway.config.ledgerKeys),
    retired: new Set(),
    unchecked: null,
    attestations: [],
  });

  it('holds each act in order, with the exact words shown and typed, the text and the rules used', async () => {
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
    const place = { program: 'deals', touchpoint: 'sms-prompt.en', version };
    const published = await readDisclosures(gateway.store);
    expect(published.filter(({ text }) => text === shown)[0]).to.include(place);
    const act = openEntry(confirmed as ConsentEventDoc, key);
    expect(act?.words?.[1]).to.equal('Yes!');
    expect(act?.number?.[1]).to.equal(PERSON);
    expect(act?.messageSid?.[1]).to.match(/^SM/);
    expect(confirmed).to.include({ channel: 'VIA_TEXT', sender: '28555', actor: 'person' });
    expect(confirmed?.rules).to.match(/\d/);
    expect(topicOn?.answers, 'the code points to the menu that was shown').to.equal(4);
  });

  it('verifies as a whole', async () => {
    expect(await verify()).to.deep.equal({
      chains: 1,
      entries: 8,
      faults: [],
      strays: [],
      missing: { contacts: [], suppressions: 0 },
      locked: new Map(),
    });
  });

  it('keeps everything personal in the sealed part', async () => {
    const { events } = await read();
    for (const { sealed: _, ...open } of events) {
      expect(JSON.stringify(open)).not.to.match(/5551230601|Yes!|SM[0-9a-f]{32}/);
    }
  });

  it('still verifies when the personal part is erased, and nothing can be guessed back', async () => {
    const { events, contact, key } = await read();
    const proof = await proofWith(key);
    const gone = events.map((event) => ({ ...event, sealed: null }));
    const unsaid = contactFault(contact, gone, proof);
    expect(unsaid).to.deep.equal({ seq: 1, what: 'its sealed fields are gone, and no later entry says why' });
    const why = ledgerDraft('erased', { reason: 'request', answers: events.length });
    const chain = { contact: contact._id, key, ...contact.head };
    const { events: said, head } = appendTo(chain, [why], JOB);
    const erased = [...gone, ...said.map((unsignedEvent) => signEntry(proof.ledgerKeys, unsignedEvent))];
    const keys = { ...contact.keys, evidence: null };
    expect(contactFault({ ...contact, head, keys }, erased, await proofWith(null))).to.equal(null);
    const twice = events.map((event) => event.commitments.number);
    expect(new Set(twice).size, 'one number, salted anew in every entry').to.equal(twice.length);
  });

  const tampered: [string, (events: ConsentEventDoc[]) => ConsentEventDoc[], number, RegExp][] = [
    [
      'changed',
      (all) =>
        all.map((consentEvent) =>
          consentEvent.seq === 3 ? { ...consentEvent, actedAt: new Date(0) } : consentEvent,
        ),
      3,
      /changed/,
    ],
    ['dropped', (all) => all.filter((consentEvent) => consentEvent.seq !== 5), 5, /missing/],
    ['dropped at the end', (all) => all.slice(0, -1), 8, /missing/],
    [
      'moved',
      (all) =>
        all.map((consentEvent, at) =>
          at === 3
            ? { ...(all[4] as ConsentEventDoc), seq: 4 }
            : at === 4
              ? { ...(all[3] as ConsentEventDoc), seq: 5 }
              : consentEvent,
        ),
      4,
      /follow|changed/,
    ],
    ['added', (all) => [...all.slice(0, 4), all[3] as ConsentEventDoc, ...all.slice(4)], 4, /twice/],
    [
      'given other words',
      (all) =>
        all.map((consentEvent) =>
          consentEvent.seq === 3
            ? { ...consentEvent, commitments: { ...consentEvent.commitments, words: '0'.repeat(64) } }
            : consentEvent,
        ),
      3,
      /changed/,
    ],
    [
      'stripped of what is sealed, while its key stands',
      (all) =>
        all.map((consentEvent) =>
          consentEvent.seq === 3 ? { ...consentEvent, sealed: null } : consentEvent,
        ),
      3,
      /sealed fields are gone/,
    ],
    [
      'sealed anew',
      (all) =>
        all.map((consentEvent) =>
          consentEvent.seq === 3
            ? { ...consentEvent, sealed: (all[1] as ConsentEventDoc).sealed }
            : consentEvent,
        ),
      3,
      /sealed/,
    ],
  ];
  for (const [what, change, seq, says] of tampered) {
    it(`names an entry that was ${what}`, async () => {
      const { events, contact, key } = await read();
      const fault = contactFault(contact, change(events), await proofWith(key));
      expect(fault?.seq).to.equal(seq);
      expect(fault?.what).to.match(says);
    });
  }

  it('names a chain whose entries belong to nobody', async () => {
    const { events } = await read();
    await gateway.store.consentEvents.insertOne({ ...(events[0] as ConsentEventDoc), contact: 'c_nobody' });
    const report = await verify();
    expect([report.strays, faultsOf(report)]).to.deep.equal([['c_nobody'], 1]);
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

  it('counts chains that it cannot open by the key that KEYRING lacks, and does not call them whole', async () => {
    const { key } = await read();
    const report = await verifyLedger(
      gateway.store,
      { ...gateway.config, keyRing: { active: 'k9', keys: new Map([['k9', key]]) } },
      () => undefined,
    );
    const { active } = gateway.config.keyRing;
    expect([report.faults, report.locked, faultsOf(report)]).to.deep.equal([[], new Map([[active, 1]]), 1]);
  });

  it('names a contact whose evidence key does not open, and walks on', async () => {
    await gateway.text('+15551230602', 'JOIN');
    const contacts = await gateway.store.contacts.find().sort({ _id: 1 }).toArray();
    const [first = '', second = ''] = contacts.map(({ _id }) => _id);
    const by = gateway.config.keyRing.active;
    const broken = { $set: { 'keys.evidence.box': Buffer.from('not what was sealed') } };
    await gateway.store.contacts.updateOne({ _id: first }, broken);
    const place = { contact: second, seq: 1 };
    await gateway.store.consentEvents.updateOne(place, { $set: { actor: 'nobody' } });
    const { chains, faults } = await verify();
    expect(chains).to.equal(2);
    expect(faults).to.deep.equal([
      { contact: first, seq: 0, what: `its evidence key does not open with the key ${by} of KEYRING` },
      { contact: second, seq: 1, what: 'the entry was changed' },
    ]);
    await gateway.store.consentEvents.updateOne(place, { $set: { actor: 'person' } });
    const [{ keys }] = contacts as [ContactDoc];
    await gateway.store.contacts.updateOne({ _id: first }, { $set: { keys } });
    expect((await verify()).faults).to.deep.equal([]);
  });

  it('names a subscription whose entry is gone, with the whole chain and the head set back', async () => {
    await gateway.text('+15551230603', 'JOIN');
    await gateway.text('+15551230603', 'YES');
    const contact = await gateway.store.contacts.findOne({ 'subscriptions.state': 'subscribed' });
    const _id = contact?._id ?? '';
    await gateway.store.consentEvents.deleteMany({ contact: _id });
    await gateway.store.contacts.updateOne({ _id }, { $set: { head: { seq: 0, hash: GENESIS } } });
    expect((await verify()).faults).to.deep.equal([
      { contact: _id, seq: 3, what: 'the entry that a subscription rests on is missing' },
    ]);
  });
});

describe('P6 proof: words that the gate refused are on record as never shown', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  /** The kind of the newest entry, the words that the entry says were shown, and the replies. */
  const told = async (from: string, body: string, to?: string) => {
    const { replies: heard } = await gateway.text(from, body, to);
    const contact = await gateway.store.contacts.findOne({}, { sort: { createdAt: -1 } });
    if (contact === null) throw new Error('no contact');
    const key = openHolderKey(gateway.config.keyRing, contact._id, contact.keys, 'evidence');
    const entry = (await chainOf(gateway.store, contact._id)).at(-1);
    const shown = entry === undefined ? undefined : openEntry(entry, key)?.shown?.[1];
    return { kind: entry?.kind, shown, heard };
  };

  it('records nothing as shown for a YES after STOP without a prompt', async () => {
    for (const body of ['JOIN', 'YES', 'STOP']) await gateway.text('+15551230611', body);
    const after = await told('+15551230611', 'YES');
    expect(after).to.deep.equal({ kind: 'ineffective', shown: undefined, heard: [] });
  });

  it('records nothing as shown for the confirmation of an opt-out that the carrier blocks', async () => {
    const [person, to] = ['+15551230612', SENDERS.stylist.number];
    for (const body of ['STYLE', 'YES']) await gateway.text(person, body, to);
    const effect = { kind: 'errorCallback', code: 30004 };
    await gateway.sim('PUT', '/sim/behaviours', [{ match: { number: person }, on: 'create', effect }]);
    await gateway.text(person, 'MENU', to);
    await until('the block is recorded', async () => {
      return (await gateway.store.suppressions.countDocuments({ kind: 'carrier' })) > 0;
    });
    await gateway.sim('PUT', '/sim/behaviours', []);
    const after = await told(person, 'please stop texting me', to);
    expect(after).to.deep.equal({ kind: 'withdrawn', shown: undefined, heard: [] });
  });

  it('records the answer to a NO as shown, which the person did hear', async () => {
    const person = '+15551230613';
    for (const body of ['JOIN', 'YES', 'STOP', 'JOIN']) await gateway.text(person, body);
    const { kind, shown, heard } = await told(person, 'NO');
    expect([kind, heard]).to.deep.equal(['refused', [shown]]);
    expect(shown).to.contain('understood, we will not send you');
  });
});
