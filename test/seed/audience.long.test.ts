import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { readDemoOptions } from '../../scripts/demo-options.ts';
import { seedAudience } from '../../scripts/seed/audience/audience.ts';
import { MOST_NUMBERS, numberAt } from '../../scripts/seed/audience/numbers.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { faultsInPlace } from '../../src/domain/contacts/places.ts';
import { regionOfZip } from '../../src/domain/hours/zone-tables.ts';
import { readNumber } from '../../src/domain/numbers.ts';
import { pageContacts } from '../../src/store/contacts/contacts.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { openNames } from '../../src/store/contacts/profiles.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/mongod.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const PEOPLE = 400;

const newKeys = () => ({
  keyRing: { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
  blindIndexKeys: [randomBytes(32)],
  ledgerKeys: { active: '1', keys: new Map([['1', randomBytes(32)]]) },
});

describe('the audience of the demo', () => {
  const stores: Store[] = [];
  const keys = newKeys();
  let store: Store;
  const open = async (): Promise<Store> => {
    const { uri, name } = testDatabase();
    await seed(uri, name);
    const opened = await openStore({ uri, database: name });
    stores.push(opened);
    return opened;
  };
  const add = (to: Store, people: number, own = keys) =>
    seedAudience(to, own, { people, seed: 5, now: NOW, progress: () => undefined });
  before(async () => {
    store = await open();
    expect(await add(store, 150)).to.equal(150);
  });
  after(async () => {
    for (const store of stores) {
      await store.db.dropDatabase();
      await store.close();
    }
  });

  it('goes on where it was cut off, and a second start adds nobody', async () => {
    expect(await add(store, PEOPLE)).to.equal(PEOPLE - 150);
    expect(await add(store, PEOPLE)).to.equal(0);
    expect(await store.contacts.countDocuments()).to.equal(PEOPLE);
  });

  it('has ledgers without a fault, for every kind of story', async () => {
    const { faults, strays, chains, entries } = await verifyLedger(store, keys, () => undefined);
    expect([faults, strays, chains]).to.deep.equal([[], [], PEOPLE]);
    expect(entries).to.be.greaterThan(2 * PEOPLE);
    const kinds = await store.consentEvents.distinct('kind');
    expect(kinds).to.include.members([
      ...['requested', 'prompted', 'confirmed', 'withdrawn', 'refused', 'expired'],
      ...['topic-on', 'topic-off', 'paused', 'held'],
    ]);
  });

  it('has nobody subscribed without a confirmation in the ledger', async () => {
    const people = await pageContacts(store, null, PEOPLE);
    let subscribed = 0;
    for (const { _id, subscriptions } of people) {
      for (const subscription of subscriptions.filter(({ state }) => state === 'subscribed')) {
        const seq = subscription.basis?.seq ?? 0;
        const entry = await store.consentEvents.findOne({ contact: _id, seq });
        expect([entry?.kind, entry?.program]).to.deep.equal(['confirmed', subscription.program]);
        subscribed += 1;
      }
    }
    expect(subscribed / PEOPLE).to.be.within(0.7, 1);
  });

  it('leaves nothing to be sent, and no prompt open beyond its window', async () => {
    expect(await store.deliveries.countDocuments({ open: true })).to.equal(0);
    expect(await store.contacts.countDocuments({ promptExpiresAt: { $lte: NOW } })).to.equal(0);
  });

  it('lives where its ZIP codes are, and some of it not where its numbers are', async () => {
    const people = await pageContacts(store, null, PEOPLE);
    let moved = 0;
    for (const stored of people) {
      const { place } = stored.profile ?? {};
      if (place === undefined || place.state === null) continue;
      expect(faultsInPlace(place), JSON.stringify(place)).to.deep.equal([]);
      const { state, country, zip } = place;
      if (country === 'US' && zip !== null) expect(regionOfZip(zip)?.states, zip).to.include(state);
      const { number } = openHolder(keys.keyRing, stored, []);
      if (!places.get(number)?.includes(state)) moved += 1;
    }
    expect(moved / PEOPLE).to.be.within(0.04, 0.2);
  });

  it('is the same for the same seed and day, whatever the keys', async () => {
    const other = await open();
    const otherKeys = newKeys();
    await add(other, 60, otherKeys);
    const [some, all] = [await told(other, otherKeys, 60), await told(store, keys, PEOPLE)];
    expect(some.size).to.equal(60);
    for (const [number, said] of some) expect(all.get(number)).to.deep.equal(said);
  });

  async function told(from: Store, { keyRing }: typeof keys, limit: number): Promise<Map<string, unknown>> {
    const people = await pageContacts(from, null, limit);
    return new Map(
      people.map((contact) => {
        const { number, person } = openHolder(keyRing, contact, []);
        const { promptsSent, subscriptions, language } = person;
        const names = openNames(keyRing, contact);
        const { profile, createdAt, rev } = contact;
        return [number, { promptsSent, subscriptions, language, names, profile, createdAt, rev }];
      }),
    );
  }
});

const places = new Map(
  Array.from({ length: PEOPLE }, (_, at) => numberAt(at)).map(({ number, state }) => [number, [state]]),
);

describe('the numbers of the demo', () => {
  it('are valid, each of one person, and the first are from the range for fiction', () => {
    const seen = new Set<string>();
    for (let at = 0; at < 50_000; at += 1) seen.add(numberAt(at).number);
    expect(seen.size).to.equal(50_000);
    for (const at of [0, 17, 30_000, 45_000, 999_999, MOST_NUMBERS - 1]) {
      const reading = readNumber(numberAt(at).number);
      expect([reading.kind, reading.kind === 'phone' && reading.valid]).to.deep.equal(['phone', true]);
      expect(reading.kind === 'phone' && reading.fictional).to.equal(at <= 30_000);
    }
    expect(MOST_NUMBERS).to.be.greaterThan(1_000_000);
    expect(() => numberAt(MOST_NUMBERS)).to.throw(RangeError);
  });

  it('are requested by a whole number', () => {
    expect(readDemoOptions([])).to.deep.equal({ contacts: 1500, month: false });
    expect(readDemoOptions(['--contacts', '0'])?.contacts).to.equal(0);
    expect(readDemoOptions(['--contacts', '100000'])?.contacts).to.equal(100_000);
    for (const bad of ['-1', '1e3', 'many', '99999999999']) {
      expect(() => readDemoOptions([`--contacts=${bad}`]), bad).to.throw(/--contacts/);
    }
  });

  it('cover a month, with fifty thousand people by default', () => {
    expect(readDemoOptions(['--month'])).to.deep.equal({ contacts: 50_000, month: true });
    expect(readDemoOptions(['--month', '--contacts', '300'])?.contacts).to.equal(300);
    expect(() => readDemoOptions(['--month', '--contacts', '0'])).to.throw(/--month needs people/);
    expect(readDemoOptions(['--month', '--help'])).to.equal(null);
  });
});
