import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { GENESIS, hashOf } from '../../src/consent/ledger/ledger.ts';
import { faultsOf, verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { type ConsentEventDoc, chainOf } from '../../src/store/consent/consent-events.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { blindIndex, signEntry } from '../../src/store/sealing/keys.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

type Person = { contact: ContactDoc; events: ConsentEventDoc[] };

const UNSIGNED = 'this installation did not sign the entry';

describe('P6 proof: whoever has the database and no key cannot forge evidence unnoticed', () => {
  let gateway: Gateway;
  let client: Client;
  let people = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  /** A new person who has texted these words. */
  const texted = async (...words: string[]): Promise<Person> => {
    people += 1;
    const number = `+155512307${String(people).padStart(2, '0')}`;
    for (const body of words) await gateway.text(number, body);
    const index = blindIndex(gateway.config.blindIndexKeys, number);
    const contact = await gateway.store.contacts.findOne({ index });
    if (contact === null) throw new Error('no contact');
    return { contact, events: await chainOf(gateway.store, contact._id) };
  };
  const verify = () => verifyLedger(gateway.store, gateway.config, () => undefined);
  const faultsFoundIn = async ({ contact: { _id } }: Person): Promise<string[]> =>
    (await verify()).faults.filter(({ contact }) => contact === _id).map(({ what }) => what);
  const isVerifiedByApi = async ({ contact: { _id } }: Person): Promise<boolean> =>
    (await client('get', '/consent-records', { query: `contact=${_id}` })).body.verified === true;
  const setHead = async ({ _id }: ContactDoc, seq: number, hash: string): Promise<void> => {
    await gateway.store.contacts.updateOne({ _id }, { $set: { head: { seq, hash } } });
  };
  /** Removes the last entries and sets the head back to the rest. */
  const dropLast = async ({ contact, events }: Person, count: number): Promise<void> => {
    const { seq, hash } = events.at(-count - 1) ?? { seq: 0, hash: GENESIS };
    await gateway.store.consentEvents.deleteMany({ contact: contact._id, seq: { $gt: seq } });
    await setHead(contact, seq, hash);
  };
  /** Rewrites a ledger: changed entries, the hashes that follow from them, and the head. */
  const rewrite = async ({ contact }: Person, entries: readonly ConsentEventDoc[]): Promise<void> => {
    let prev = GENESIS;
    const anew = entries.map((entry, at) => {
      const { sealed, mac, hash: _, ...open } = { ...entry, seq: at + 1, prev };
      prev = hashOf(open);
      return { ...open, sealed, mac, hash: prev };
    });
    await gateway.store.consentEvents.deleteMany({ contact: contact._id });
    await gateway.store.consentEvents.insertMany(anew);
    await setHead(contact, anew.length, prev);
  };
  /** Appends a copy of the last entry with these changes. */
  const append = (person: Person, change: Partial<ConsentEventDoc>): Promise<void> =>
    rewrite(person, [...person.events, { ...(person.events.at(-1) as ConsentEventDoc), ...change }]);
  const changed = (person: Person, seq: number, change: Partial<ConsentEventDoc>): ConsentEventDoc[] =>
    person.events.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry));

  const forgeries: [
    what: string,
    words: string[],
    forge: (person: Person) => Promise<unknown>,
    says: RegExp,
  ][] = [
    [
      'the last entry, an opt-out, deleted and the head set back',
      ['JOIN', 'YES', 'STOP'],
      (person) => dropLast(person, 1),
      /read as stop-all is on record, and no entry has it/,
    ],
    [
      'an invented YES that is bound to nothing',
      ['JOIN'],
      (person) => append(person, { kind: 'confirmed', commitments: {}, sealed: null }),
      new RegExp(UNSIGNED),
    ],
    [
      'a question rewritten to other words, with every hash after it',
      ['JOIN', 'YES'],
      (person) => {
        const { commitments } = person.events[1] as ConsentEventDoc;
        return rewrite(
          person,
          changed(person, 2, { commitments: { ...commitments, shown: '0'.repeat(64) } }),
        );
      },
      new RegExp(UNSIGNED),
    ],
    [
      'an invented entry that nobody signed',
      ['JOIN', 'YES'],
      async (person) => {
        await append(person, { kind: 'topic-on' });
        const place = { contact: person.contact._id, seq: person.events.length + 1 };
        await gateway.store.consentEvents.updateOne(place, { $unset: { mac: '' } });
      },
      /neither a signature of this installation nor an attestation/,
    ],
    [
      'an invented entry under a key that nobody knows',
      ['JOIN', 'YES'],
      (person) => append(person, { kind: 'topic-on', mac: { by: '9', tag: 'x' } }),
      /^LEDGER_KEY lacks the key 9, which signed the entry$/,
    ],
    [
      'an invented entry under a key of the forger that has the name of ours',
      ['JOIN', 'YES'],
      async (person) => {
        await append(person, { kind: 'topic-on' });
        const last = (await chainOf(gateway.store, person.contact._id)).at(-1) as ConsentEventDoc;
        const keys = new Map([['1', Buffer.alloc(32, 7)]]);
        const { mac } = signEntry({ installation: 'ours', active: '1', keys }, { ...last });
        await gateway.store.consentEvents.updateOne(
          { contact: last.contact, seq: last.seq },
          { $set: { mac } },
        );
      },
      new RegExp(UNSIGNED),
    ],
    [
      'the ledger of another person, who agreed, put in the place of their own',
      ['JOIN'],
      async (person) => {
        const other = await texted('JOIN', 'YES');
        const contact = person.contact._id;
        await rewrite(
          person,
          other.events.map((entry) => ({ ...entry, contact })),
        );
      },
      new RegExp(UNSIGNED),
    ],
    [
      'commitments of an entry emptied, so that other words may stand beside it',
      ['JOIN', 'YES'],
      (person) => rewrite(person, changed(person, 3, { commitments: {}, sealed: null })),
      new RegExp(UNSIGNED),
    ],
    [
      'the words of an entry taken away',
      ['JOIN', 'YES'],
      ({ contact: { _id: contact } }) =>
        gateway.store.consentEvents.updateOne({ contact, seq: 3 }, { $set: { sealed: null } }),
      /its sealed fields are gone, and no later entry says why/,
    ],
    [
      'the words of an entry taken away, and an invented entry that says they were erased',
      ['JOIN', 'YES'],
      (person) =>
        rewrite(person, [
          ...changed(person, 3, { sealed: null }),
          { ...(person.events[2] as ConsentEventDoc), kind: 'erased', reason: 'request', answers: 3 },
        ]),
      new RegExp(UNSIGNED),
    ],
    [
      'the key to the words of a person destroyed',
      ['JOIN', 'YES'],
      ({ contact: { _id } }) =>
        gateway.store.contacts.updateOne({ _id }, { $set: { 'keys.evidence': null } }),
      /its evidence key is gone, and no later entry says why/,
    ],
    [
      'a whole ledger deleted, with what the contact says of itself',
      ['JOIN', 'YES', 'STOP'],
      async (person) => {
        await dropLast(person, person.events.length);
        await gateway.store.contacts.updateOne({ _id: person.contact._id }, { $set: { subscriptions: [] } });
      },
      /is on record, and no entry has it/,
    ],
    [
      'the text that a subscription rests on deleted',
      ['JOIN', 'YES'],
      ({ contact: { _id: contact } }) => gateway.store.inbound.deleteMany({ contact, 'reading.kind': 'yes' }),
      /the text that a subscription rests on is missing/,
    ],
    [
      'an opt-out that nobody made',
      ['JOIN', 'YES'],
      ({ contact: { index } }) =>
        gateway.store.suppressions.insertOne({
          ...{ index, scope: 'all', kind: 'opt-out', generation: 1, since: new Date(), lifts: {} },
          ...{ until: null, source: 'VIA_TEXT exact:stop' },
        }),
      /the opt-out of everything is on record, and no entry has it/,
    ],
    [
      'what forbids sending deleted',
      ['JOIN', 'YES', 'STOP'],
      ({ contact: { index } }) => gateway.store.suppressions.deleteMany({ index }),
      /opts out of everything, and what forbids sending for it was removed or set back/,
    ],
    [
      'a question deleted that was put, with the head set back',
      ['JOIN'],
      (person) => dropLast(person, 2),
      /they were asked to confirm, and no entry has it/,
    ],
  ];
  for (const [what, words, forge, says] of forgeries) {
    it(`finds ${what}`, async () => {
      const person = await texted(...words);
      await forge(person);
      const [fault = '', ...more] = await faultsFoundIn(person);
      expect([fault, more]).to.deep.equal([says.exec(fault)?.input, []]);
      expect(await isVerifiedByApi(person)).to.equal(false);
    });
  }

  it('finds a person deleted with the whole ledger by what else is stored about them', async () => {
    const { contact } = await texted('JOIN', 'YES', 'STOP');
    await gateway.store.consentEvents.deleteMany({ contact: contact._id });
    await gateway.store.contacts.deleteOne({ _id: contact._id });
    const report = await verify();
    const { missing, strays } = report;
    expect([strays, missing]).to.deep.equal([[], { contacts: [contact._id], suppressions: 1 }]);
    expect(faultsOf(report)).to.be.at.least(2);
    await gateway.store.inbound.deleteMany({ contact: contact._id });
    await gateway.store.deliveries.deleteMany({ contact: contact._id });
    expect((await verify()).missing).to.deep.equal({ contacts: [], suppressions: 1 });
    await gateway.store.suppressions.deleteMany({ index: contact.index });
    expect((await verify()).missing).to.deep.equal({ contacts: [], suppressions: 0 });
  });

  it('verifies the ledger of a person who only texted, in the walk and in the API', async () => {
    const person = await texted(
      'JOIN',
      'YES',
      'MENU',
      '3',
      'STOP EVENTS',
      'STOP',
      'STOP',
      'JOIN',
      'YES',
      'HELP',
    );
    expect(await faultsFoundIn(person)).to.deep.equal([]);
    expect(await isVerifiedByApi(person)).to.equal(true);
  });

  it('does not find what only an earlier state can show, as docs/evidence.md says', async () => {
    const person = await texted('JOIN', 'YES', 'STOP');
    const { _id, index, subscriptions } = person.contact;
    await dropLast(person, 1);
    const stop = (await gateway.store.inbound.findOne({ contact: _id, 'reading.kind': 'stop-all' }))?._id;
    await gateway.store.inbound.deleteOne({ _id: stop ?? '' });
    await gateway.store.deliveries.deleteMany({ contact: _id, class: 'opt-out-confirmation' });
    await gateway.store.suppressions.deleteMany({ index });
    const back = subscriptions.map((subscription) => ({
      ...subscription,
      ...{ state: 'subscribed' as const, topics: ['deals'] },
    }));
    await gateway.store.contacts.updateOne({ _id }, { $set: { subscriptions: back } });
    expect(await faultsFoundIn(person)).to.deep.equal([]);
    const page = readFileSync('docs/evidence.md', 'utf8');
    expect(page).to.contain('the last entries of a ledger removed together with all that came with them');
    expect(page).to.contain('a person removed with everything that is on record of them');
  });

  it('verifies no entry after the name of the installation was changed', async () => {
    const person = await texted('JOIN');
    const { marks } = gateway.store;
    const was = await marks.findOneAndUpdate({ _id: 'installation' }, { $set: { value: 'another' } });
    expect(await faultsFoundIn(person)).to.deep.equal([UNSIGNED]);
    await marks.updateOne({ _id: 'installation' }, { $set: { value: was?.value } });
    expect(await faultsFoundIn(person)).to.deep.equal([]);
  });
});
