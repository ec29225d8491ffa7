import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database } from './collection.ts';
import { type ContactDoc, contacts } from './contacts/contacts.ts';
import { unlessClosed } from './contacts/open-contact.ts';
import {
  blindIndex,
  type HolderKeys,
  type IndexKeys,
  isEqual,
  type KeyRing,
  type LedgerKeys,
  openByRing,
  openHolderKey,
  sealByRing,
  tagOf,
  wrappersOf,
} from './sealing/keys.ts';
import { defineSetting, markedAs, marks, marksOf, type Setting } from './settings.ts';

/** A key that sealed contacts, and a sample of these contacts. */
type SealedBy = { by: string; people: Pick<ContactDoc, '_id' | 'keys'>[] };

/**
 * Each key that sealed contacts, with a random sample of at most `limit` of its contacts. Leaves out contacts whose
 * numbers were erased. Reads every contact.
 */
async function drawByKey(database: Database, limit: number): Promise<SealedBy[]> {
  const drawn = { n: limit, sortBy: { drawn: 1 }, output: { _id: '$_id', keys: '$keys' } };
  const stages = [
    { $match: { sealed: { $ne: null }, 'keys.profile': { $ne: null } } },
    { $project: { keys: 1, drawn: { $rand: {} } } },
    { $group: { _id: '$keys.profile.by', people: { $topN: drawn } } },
    { $project: { _id: 0, by: '$_id', people: 1 } },
    { $sort: { by: 1 } },
  ];
  return contacts(database).aggregate<SealedBy>(stages).toArray();
}

/** A demo made the database; null until it is filled. */
export const DEMO_MARK = defineSetting('demo', z.literal('seeded').nullable(), null);

/** A demo made the database, and the carrier is a real one. */
export class DemoDatabase extends Error {
  override name = 'DemoDatabase';
  constructor(where: string, instead: string) {
    super(
      `${where} a demo's database, and TWILIO_API_BASE is no simulator on this machine: what is planned there would go to ` +
        `a real carrier, in the name of a retailer that does not exist. ${instead}`,
    );
  }
}

/** Throws `DemoDatabase` when a demo made the database. `dataDir`: the folder of an embedded database. */
export async function assertNotDemo(database: Database, dataDir?: string): Promise<void> {
  if ((await DEMO_MARK.find(database)) === null) return;
  throw dataDir === undefined
    ? new DemoDatabase('MONGODB_URI names', 'Set MONGODB_URI to another one.')
    : new DemoDatabase(`DATA_DIR ${dataDir} holds`, 'Set DATA_DIR to a folder of its own.');
}

const INDEX_KEY_MARK = defineSetting('blind index keys', z.string(), null);

/** Hashed like a number to make a check value. No real number looks like this text. */
const INDEX_KEY_CHECK = 'check of the keys';

/** The index keys differ from those that the stored numbers were indexed with. The message reveals neither key. */
export class IndexKeysDiffer extends Error {
  override name = 'IndexKeysDiffer';
  constructor() {
    super(
      'BLIND_INDEX_KEY is not the key that this database was filled with. Nobody in it would be found, so that whoever ' +
        'said STOP would be a stranger and be texted. Start with the key it had; there is no way to change it yet.',
    );
  }
}

/**
 * Throws `IndexKeysDiffer` when the stored numbers were indexed with other keys. The first start on a database
 * stores a check value; every later start must compute the same value.
 */
export async function refuseOtherIndexKeys(
  database: Database,
  keys: IndexKeys,
  now: () => Date,
): Promise<void> {
  const check = blindIndex(keys, INDEX_KEY_CHECK);
  if ((await INDEX_KEY_MARK.createOnce(database, check, now())) !== check) throw new IndexKeysDiffer();
}

/** Throws `IndexKeysDiffer` when the database has a check value that these keys do not reproduce. Writes nothing. */
export async function refuseKeysUnlikeMark(database: Database, keys: IndexKeys): Promise<void> {
  const standing = await INDEX_KEY_MARK.read(database);
  if (standing !== null && standing !== blindIndex(keys, INDEX_KEY_CHECK)) throw new IndexKeysDiffer();
}

/** Prefix of the marks of sealing keys; the key's name follows. */
const KEY_RING_MARK = 'key ring ';

/** The check value of one key, or `LOST`. */
const checkOf = (id: string): Setting<string, null> => defineSetting<string, null>(id, z.string(), null);

/** Under which place the check of a key is sealed, and the sealed text. */
const PLACE = 'marks:key ring';
const KEY_RING_CHECK = 'check of the key';

/** Value of the mark of a key that is lost for good. The operator writes it. */
const LOST = 'lost';

/** Number of contacts that are opened to verify a key that was noted as lost. */
const TRIED = 20;

/** KEYRING lacks a key that sealed part of the database, or has a different key under that key's name. */
export class KeyRingDiffers extends Error {
  override name = 'KeyRingDiffers';
  constructor(id: string, what: keyof typeof DIFFERENCES) {
    super(DIFFERENCES[what](id));
  }
}

const DIFFERENCES = {
  missing: (id: string) =>
    `KEYRING lacks the key ${id}, which sealed a part of this database: a STOP of such a person could not be taken in, and no campaign would reach them. Append it at the end of KEYRING; where it is lost for good, docs/operations.md (Keys) has what to do.`,
  another: (id: string) =>
    `The key ${id} of KEYRING is not the ${id} that sealed this database. It would seal people under a false key, whom nobody opens again. Start with the key it had; a new key takes a new name.`,
  lost: (id: string) =>
    `The key ${id} is noted as lost, and the ${id} of KEYRING does not open whom it sealed. Take it out of KEYRING, or give the key that was lost; a new key takes a new name.`,
};

/**
 * Throws `KeyRingDiffers` when this ring cannot open what was sealed. A key that becomes active stores a check,
 * sealed with itself, at its first start. Every later ring must be able to open all checks.
 */
export async function refuseOtherKeyRing(database: Database, ring: KeyRing, now: () => Date): Promise<void> {
  await takeBackFound(database, ring, now);
  const standing = await marksOf(database, KEY_RING_MARK);
  for (const { id, value } of standing) refuseUnlessOpen(ring, id, value);
  const { active } = ring;
  if (standing.some(({ id }) => id === active)) return;
  const check = await checkOf(KEY_RING_MARK + active).createOnce(database, checkBy(ring, active), now());
  refuseUnlessOpen(ring, active, check);
}

const checkBy = (ring: KeyRing, id: string): string =>
  sealByRing({ ...ring, active: id }, PLACE, KEY_RING_CHECK).box.toString('base64');

/**
 * Handles a key that was noted as lost and is in the ring again: when the key opens the contacts it sealed, its
 * check replaces the note. Throws `KeyRingDiffers` when it does not.
 */
async function takeBackFound(database: Database, ring: KeyRing, now: () => Date): Promise<void> {
  const standing = await marksOf(database, KEY_RING_MARK);
  const found = standing.filter(({ id, value }) => value === LOST && ring.keys.has(id));
  const drawn = found.length === 0 ? [] : await drawByKey(database, TRIED);
  for (const { id } of found) {
    const sealed = drawn.find(({ by }) => by === id);
    if (sealed === undefined || !opensMost(ring, sealed)) throw new KeyRingDiffers(id, 'lost');
    const check = { value: checkBy(ring, id), at: now() };
    await marks(database).updateOne({ _id: KEY_RING_MARK + id, value: LOST }, { $set: check });
  }
}

/** The holders whose data no process can open any more, because the operator noted a key that they need as lost. */
export async function lostAmong<T extends { keys: HolderKeys }>(
  database: Database,
  holders: readonly T[],
): Promise<T[]> {
  const names = new Set(holders.flatMap(({ keys }) => wrappersOf(keys)));
  if (names.size === 0) return [];
  const found = await marks(database)
    .find({ _id: { $in: [...names].map((name) => KEY_RING_MARK + name) }, value: LOST })
    .toArray();
  const lost = new Set(found.map(({ _id }) => _id.slice(KEY_RING_MARK.length)));
  return holders.filter(({ keys }) => wrappersOf(keys).some((name) => lost.has(name)));
}

/** Whether the operator noted that the key is lost for good. */
export const isKeyLost = async (database: Database, name: string): Promise<boolean> =>
  (await marks(database).findOne({ _id: KEY_RING_MARK + name }))?.value === LOST;

function refuseUnlessOpen(ring: KeyRing, id: string, value: unknown): void {
  if (!ring.keys.has(id)) {
    if (value === LOST) return;
    throw new KeyRingDiffers(id, 'missing');
  }
  const box = Buffer.from(String(value), 'base64');
  const opened = unlessClosed(() => openByRing(ring, PLACE, { by: id, box }));
  if (opened?.toString('utf8') !== KEY_RING_CHECK) throw new KeyRingDiffers(id, 'another');
}

/**
 * True when the key opens at least half of the sample. A wrong key that was used under this name for a while sealed
 * only a few contacts.
 */
function opensMost(ring: KeyRing, { people }: SealedBy): boolean {
  const opens = people.filter(
    ({ _id, keys }) => unlessClosed(() => openHolderKey(ring, _id, keys, 'profile')) !== null,
  );
  return opens.length * 2 >= people.length;
}

const INSTALLATION = defineSetting('installation', z.string(), '');
const LEDGER_KEY_CHECK = 'ledger key ';
const RETIRED = 'ledger key retired ';

/** LEDGER_KEY has a different key under a name that signed this database, or its active key was retired. */
export class LedgerKeyDiffers extends Error {
  override name = 'LedgerKeyDiffers';
}

const another = (id: string): string =>
  `The key ${id} of LEDGER_KEY is not the ${id} that signed this database: what it signs would be a fault to whoever has the right one. Start with the key it had; a new key takes a new name and goes to the front.`;

const retiredKey = (id: string): string =>
  `The key ${id}, the first of LEDGER_KEY, was retired: what it signs is a fault. Put the key that took its place to the front.`;

/**
 * Returns the key ring with the id of the installation that it signs for. The first start stores the installation's
 * id and a check of the active key; every later start must compute the same check. Throws `LedgerKeyDiffers`.
 */
export async function openLedgerKeys(
  database: Database,
  ring: Pick<LedgerKeys, 'active' | 'keys'>,
  now: () => Date,
): Promise<LedgerKeys> {
  const { active } = ring;
  const opened = { ...ring, installation: await INSTALLATION.createOnce(database, randomUUID(), now()) };
  if ((await retiredVersions(database)).has(active)) throw new LedgerKeyDiffers(retiredKey(active));
  const check = tagOf(opened, active, ['check']);
  const stored = await checkOf(LEDGER_KEY_CHECK + active).createOnce(database, check, now());
  if (!isEqual(check, stored)) throw new LedgerKeyDiffers(another(active));
  return opened;
}

/**
 * Returns the key ring with the installation's id, to verify entries only. Writes nothing. In a database that lost
 * its installation id, no entry verifies.
 */
export async function readLedgerKeys(
  database: Database,
  ring: Pick<LedgerKeys, 'active' | 'keys'>,
): Promise<LedgerKeys> {
  return { ...ring, installation: await INSTALLATION.read(database) };
}

/** Names of the retired keys. An entry signed by a retired key counts only when an attestation covers the entry. */
export const retiredVersions = async (database: Database): Promise<ReadonlySet<string>> =>
  new Set(await markedAs(database, RETIRED));

/** Notes that a key must sign nothing any more. */
export async function markRetired(database: Database, version: string, at: Date): Promise<void> {
  await defineSetting(RETIRED + version, z.null(), null).createOnce(database, null, at);
}
