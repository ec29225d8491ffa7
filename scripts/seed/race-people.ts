import { type Config, ROOT } from '../../src/config.ts';
import { GENESIS } from '../../src/consent/ledger/ledger.ts';
import { readCatalog, readTemplates } from '../../src/consent/programs/catalog.ts';
import { RACE, raceNumber, SHOP } from '../../src/console/phones/cast.ts';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import type { Change } from '../../src/store/consent/commit.ts';
import { findHolders } from '../../src/store/contacts/contacts.ts';
import { newHolder } from '../../src/store/contacts/open-contact.ts';
import { openLedgerKeys } from '../../src/store/startup-checks.ts';
import type { Store } from '../../src/store/store.ts';
import { commitAll, scribeOf } from './audience/audience.ts';
import { DAY_MS } from './audience/character.ts';
import { historyOf, type Scribe } from './audience/history.ts';

/** The number of people in one transaction. */
const SLICE = 100;

/** Every tenth person writes Spanish. */
const languageAt = (at: number): 'en' | 'es' => (at % 10 === 0 ? 'es' : 'en');

/**
 * Adds the people to whom the phones page sends its campaign: each joined the program by text some weeks ago, with a
 * ledger that verifies, and stands on the list of the race. Those who are there already stay as they are. Resolves
 * with the number of people added.
 */
export async function addRacePeople(
  store: Store,
  keys: Pick<Config, 'keyRing' | 'blindIndexKeys' | 'ledgerKeys'>,
  now: Date,
): Promise<number> {
  const scribe = scribeOf(keys, await readCatalog(store, await readTemplates(ROOT)));
  const ledgerKeys = await openLedgerKeys(store, keys.ledgerKeys, () => now);
  const all = Array.from({ length: RACE.people }, (_, at) => at);
  const indexes = all.map((at) => scribe.indexOf(raceNumber(at)));
  const there = new Set((await findHolders(store, indexes)).map(({ index }) => index));
  const missing = all.filter((at) => !there.has(indexes[at] ?? ''));
  for (let from = 0; from < missing.length; from += SLICE) {
    const changes = missing.slice(from, from + SLICE).map((at) => changeOf(scribe, at, now));
    await commitAll(store, ledgerKeys, changes);
  }
  return missing.length;
}

function changeOf(scribe: Scribe, at: number, now: Date): Change {
  const number = raceNumber(at);
  const holder = newHolder(scribe.ring, number, scribe.indexOf(number), []);
  const joined = now.getTime() - (20 + (at % 60)) * DAY_MS - at * 1000;
  const { program } = SHOP;
  const change = historyOf(scribe, { holder, language: languageAt(at), serial: `race ${at}` }, [
    { at: joined, do: 'join', program },
    { at: joined + 40_000, do: 'answer', program, yes: true },
  ]);
  if (change === null || change.contact.head.hash === GENESIS)
    throw new Error('a person of the race did not join');
  const createdAt = new Date(joined);
  const profile = { ...EMPTY_PROFILE, lists: [RACE.list], zoneSure: false };
  return { ...change, contact: { ...change.contact, createdAt, profile, profileRev: 1 } };
}
