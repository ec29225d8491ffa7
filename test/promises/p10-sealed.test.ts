import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openEntry } from '../../src/consent/ledger/ledger.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { deliveryPlace } from '../../src/store/deliveries/delivery.ts';
import { KeyMissing, type KeyRing, openHolderKey } from '../../src/store/sealing/keys.ts';
import { SealBroken, unseal } from '../../src/store/sealing/sealing.ts';
import { newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { indexOf, newPerson } from './inbound-posts.ts';

describe('P10: a sealed value', () => {
  let gateway: Gateway;
  let ring: KeyRing;
  let contact: ContactDoc;
  let other: ContactDoc;
  const [person, stranger] = [newPerson(), newPerson()];
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    ring = gateway.config.keyRing;
    for (const number of [person, stranger]) {
      for (const body of ['JOIN', 'YES']) await gateway.text(number, body);
    }
    [contact, other] = [await contactOf(person), await contactOf(stranger)];
  });
  after(() => gateway.stop());

  const contactOf = async (number: string): Promise<ContactDoc> => {
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, number) });
    if (contact === null) throw new Error('no such contact');
    return contact;
  };
  const profileOf = (contact: ContactDoc): Buffer =>
    openHolderKey(ring, contact._id, contact.keys, 'profile');
  const opened = (work: () => unknown): string => {
    try {
      work();
      return 'open';
    } catch (error) {
      return error instanceof SealBroken || error instanceof KeyMissing ? error.name : String(error);
    }
  };

  /** The bytes of every document in the database. */
  const everything = async (): Promise<Buffer> => {
    const names = (await gateway.store.db.listCollections().toArray()).map(({ name }) => name);
    const stored = await Promise.all(
      names.map((name) => gateway.store.db.collection(name).find({}, { raw: true }).toArray()),
    );
    return Buffer.concat(stored.flat() as unknown as Buffer[]);
  };

  it('holds the texts and reasons of staff as it holds the words of people', async () => {
    const client = await newClient(gateway);
    const said = { reason: 'plantedreasonword' };
    for (const [how, body, status] of [
      ['answer', { text: 'Fernway: plantedanswerword.' }, 202],
      ['close', said, 200],
      ['opt-out', said, 200],
    ] as const) {
      const { sid } = await gateway.text(stranger, 'plantedquestionword, please?');
      expect((await client('post', `/inbox/${sid}/${how}`, { body })).status, how).to.equal(status);
    }
    const bytes = await everything();
    expect(bytes.includes(other._id)).to.equal(true);
    expect(/planted[a-z]+word/.exec(bytes.toString('latin1'))?.[0]).to.equal(undefined);
  });

  it('opens at its own place', () => {
    expect(openHolder(ring, contact, []).number).to.equal(person);
    expect(openHolder(ring, other, []).number).to.equal(stranger);
  });

  it('does not open at another contact, with or without its keys', () => {
    for (const moved of [
      { ...contact, sealed: other.sealed },
      { ...contact, keys: other.keys },
      { ...contact, sealed: other.sealed, keys: other.keys },
      { ...contact, _id: other._id },
      { ...contact, keys: { profile: contact.keys.evidence, evidence: contact.keys.profile } },
    ]) {
      expect(opened(() => openHolder(ring, moved, []))).to.equal('SealBroken');
    }
  });

  it('does not open as another delivery, text or ledger entry of the same person', async () => {
    const of = { contact: contact._id };
    const [first, second] = await gateway.store.deliveries.find(of).toArray();
    const open = (place: string | undefined, box: Buffer | null | undefined) =>
      opened(() => unseal(profileOf(contact), deliveryPlace(place ?? ''), box ?? Buffer.alloc(0)));
    expect(open(first?._id, first?.sealed)).to.equal('open');
    expect(open(second?._id, first?.sealed)).to.equal('SealBroken');
    const [asked, confirmed] = await gateway.store.consentEvents.find(of).sort({ seq: 1 }).toArray();
    if (asked === undefined || confirmed === undefined) throw new Error('two entries are expected');
    const evidence = openHolderKey(ring, contact._id, contact.keys, 'evidence');
    expect(opened(() => openEntry(asked, evidence))).to.equal('open');
    expect(opened(() => openEntry({ ...asked, seq: confirmed.seq }, evidence))).to.equal('SealBroken');
    expect(opened(() => openEntry(asked, profileOf(contact)))).to.equal('SealBroken');
  });

  it('does not open once a single bit is changed', () => {
    const box = Buffer.from(contact.sealed ?? '');
    for (const at of [0, 1, 13, 29, box.length - 1]) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(
        opened(() => openHolder(ring, { ...contact, sealed: changed }, [])),
        `byte ${at}`,
      ).to.equal('SealBroken');
    }
  });

  it('does not open under another key ring, or without the key that wrapped its key', () => {
    const sameName = { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
    const without = { active: 'k2', keys: new Map([['k2', randomBytes(32)]]) };
    expect(opened(() => openHolder(sameName, contact, []))).to.equal('SealBroken');
    expect(opened(() => openHolder(without, contact, []))).to.equal('KeyMissing');
  });

  it('has keys that are stored only wrapped, two for each holder and no two alike', async () => {
    const bytes = await everything();
    const keys = [contact, other].flatMap((contact) =>
      (['profile', 'evidence'] as const).map((which) =>
        openHolderKey(ring, contact._id, contact.keys, which),
      ),
    );
    expect(new Set(keys.map((key) => key.toString('hex'))).size).to.equal(4);
    for (const key of [...keys, ...ring.keys.values(), ...gateway.config.blindIndexKeys]) {
      for (const writing of [key, key.toString('base64'), key.toString('base64url'), key.toString('hex')]) {
        expect(bytes.includes(writing)).to.equal(false);
      }
    }
    expect(contact.keys.profile?.by).to.equal('k1');
  });
});
