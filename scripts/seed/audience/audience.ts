import type { Config } from '../../../src/config.ts';
import { ROOT } from '../../../src/config.ts';
import { GENESIS } from '../../../src/consent/ledger/ledger.ts';
import { type Catalog, readCatalog, readTemplates } from '../../../src/consent/programs/catalog.ts';
import { isProvince } from '../../../src/domain/hours/zone-tables.ts';
import { seededDraws, seededHash } from '../../../src/simulator/behaviours.ts';
import { type Change, commitChanges } from '../../../src/store/consent/commit.ts';
import { findContacts, findHolders } from '../../../src/store/contacts/contacts.ts';
import { fieldsOf, newHolder } from '../../../src/store/contacts/open-contact.ts';
import { sealNames } from '../../../src/store/contacts/profiles.ts';
import type { LedgerKeys } from '../../../src/store/sealing/keys.ts';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { openLedgerKeys } from '../../../src/store/startup-checks.ts';
import type { Store } from '../../../src/store/store.ts';
import { characterOf, languageOf } from './character.ts';
import { historyOf, type Scribe } from './history.ts';
import { numberAt } from './numbers.ts';
import { storyOf } from './story.ts';

export type AudienceOptions = {
  people: number;
  seed: number;
  now: Date;
  /** Called after each slice with the number of people in the database. */
  progress: (done: number) => void;
};

/** The number of people in one transaction, which must end well within the three seconds that the embedded database allows. */
const SLICE = 200;

/** The number of transactions under way at once, while the next one is prepared. */
const AT_ONCE = 2;
const BUDGET_MS = 30_000;

/**
 * Adds people with a history: a profile, purchases, and a consent ledger that verifies. The same seed makes the same people.
 * Existing people stay as they are, so an interrupted run can continue. Resolves with the number of people added.
 */
export async function seedAudience(
  store: Store,
  keys: Pick<Config, 'keyRing' | 'blindIndexKeys' | 'ledgerKeys'>,
  { people, seed, now, progress }: AudienceOptions,
): Promise<number> {
  const catalog = await readCatalog(store, await readTemplates(ROOT));
  const scribe = scribeOf(keys, catalog);
  const ledgerKeys = await openLedgerKeys(store, keys.ledgerKeys, () => now);
  let added = 0;
  let done = 0;
  const underWay = new Set<Promise<void>>();
  for (let from = 0; from < people; from += SLICE) {
    const places = Array.from({ length: Math.min(SLICE, people - from) }, (_, at) => from + at);
    const missing = await placesMissing(store, scribe, places);
    const changes = missing.map((at) => changeOf(scribe, { at, seed, now }));
    while (underWay.size >= AT_ONCE) await Promise.race(underWay);
    const write = commitAll(store, ledgerKeys, changes).then(() => {
      underWay.delete(write);
      added += changes.length;
      done += places.length;
      progress(done);
    });
    underWay.add(write);
  }
  await Promise.all(underWay);
  return added;
}

export function scribeOf(keys: Pick<Config, 'keyRing' | 'blindIndexKeys'>, catalog: Catalog): Scribe {
  const indexOf = (number: string): string => blindIndex(keys.blindIndexKeys, number);
  return { catalog, ring: keys.keyRing, indexOf };
}

async function placesMissing(
  store: Store,
  { indexOf }: Scribe,
  places: readonly number[],
): Promise<readonly number[]> {
  const indexes = places.map((at) => indexOf(numberAt(at).number));
  const there = new Set((await findHolders(store, indexes)).map((holder) => holder.index));
  return there.size === 0 ? places : places.filter((_, which) => !there.has(indexes[which] ?? ''));
}

/**
 * Writes a slice. If the database aborted its transaction, writes it in halves: on a busy machine even a small transaction can
 * take too long. People who were written although no answer came are skipped.
 */
export async function commitAll(
  store: Store,
  ledgerKeys: LedgerKeys,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  try {
    await commitChanges(store, changes, { budgetMs: BUDGET_MS, ledgerKeys });
  } catch (error) {
    if (changes.length === 1) throw error;
    const ids = changes.map(({ contact }) => contact._id);
    const there = new Set((await findContacts(store, ids)).map((contact) => contact._id));
    const left = changes.filter(({ contact }) => !there.has(contact._id));
    await commitAll(store, ledgerKeys, left.slice(0, left.length >> 1));
    await commitAll(store, ledgerKeys, left.slice(left.length >> 1));
  }
}

type Which = { at: number; seed: number; now: Date };

/** Everything about a person depends on the seed, their position and the day. `draw` goes on where the story ends. */
export function storyAt({ at, seed, now }: Which) {
  const draw = seededDraws(seededHash(seed, `person ${at}`));
  const { number, state } = numberAt(at);
  const language = languageOf(draw, state);
  const story = storyOf(draw, { canadian: isProvince(state), language }, now);
  return { number, state, language, ...story, draw };
}

function changeOf(scribe: Scribe, { at, seed, now }: Which): Change {
  const { number, state, language, since: createdAt, acts, draw } = storyAt({ at, seed, now });
  const { indexOf, ring } = scribe;
  const holder = newHolder(ring, number, indexOf(number), []);
  const { profile, names } = characterOf(draw, state, createdAt, now);
  const change = historyOf(scribe, { holder, language, serial: `${seed} ${at}` }, acts) ?? {
    contact: fieldsOf(holder, holder.person, {
      rev: 1,
      head: { seq: 0, hash: GENESIS },
      createdAt,
      source: 'key seed',
    }),
    ...{ before: null, suppressions: [], inbound: null, events: [], deliveries: [] },
  };
  const profileSealed = sealNames(holder.keys.profile, holder.id, names);
  return { ...change, contact: { ...change.contact, createdAt, profile, profileSealed, profileRev: 1 } };
}
