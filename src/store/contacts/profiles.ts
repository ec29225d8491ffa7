import {
  EMPTY_PROFILE,
  type FieldDefinition,
  type FieldValue,
  isKeptSealed,
  KEPT_SEALED,
} from '../../domain/contacts/profile.ts';
import type { ProfileNames } from '../../domain/contacts/profile-changes.ts';
import { fieldsAsked, sealedFault } from '../../domain/segments/asks.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isDuplicateKey, isDuplicatesOnly } from '../database-errors.ts';
import { type HolderKeys, type KeyRing, openHolderKey } from '../sealing/keys.ts';
import { seal, unseal } from '../sealing/sealing.ts';
import { type ContactDoc, contacts, type StoredProfile, type StoredValue } from './contacts.ts';

/** An own field of the installation. `used`: a person may have a value of its type. Never reset. */
export type ContactFieldDoc = Omit<FieldDefinition, 'name'> & { _id: string; used: boolean };

export const contactFields = defineCollection<ContactFieldDoc>()('contactFields', {});

/** All definitions, ordered by name. */
export async function readContactFields(
  database: Database,
): Promise<(FieldDefinition & { used: boolean })[]> {
  const rows = await contactFields(database).find().sort({ _id: 1 }).toArray();
  return rows.map(({ _id: name, ...rest }) => ({ name, ...rest }));
}

/** Filter: the field has this type and this sealing. Both stay once somebody has a value. */
const alike = ({ type, identifies }: Pick<FieldDefinition, 'type' | 'identifies'>) => ({
  type,
  identifies: isKeptSealed({ identifies }) ? { $in: [...KEPT_SEALED] } : { $nin: [...KEPT_SEALED] },
});

/**
 * Writes a definition. False when the field is in use with another type or another sealing. One conditional write,
 * so that no value can come in between.
 */
export async function writeContactField(
  database: Database,
  { name, type, label, identifies }: FieldDefinition,
): Promise<boolean> {
  try {
    await contactFields(database).updateOne(
      { _id: name, $or: [alike({ type, identifies }), { used: false }] },
      { $set: { type, label, identifies }, $setOnInsert: { used: false } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    // No document matched, so an insert was tried, and the field exists.
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Fixes a field's type and sealing. Call before the first value is written. False when they changed meanwhile. */
export async function claimContactField(database: Database, field: FieldDefinition): Promise<boolean> {
  const filter = { _id: field.name, ...alike(field) };
  const { matchedCount } = await contactFields(database).updateOne(filter, { $set: { used: true } });
  return matchedCount === 1;
}

const LISTS = 'profile.lists';

/**
 * Names of the lists that people are on, in order. Reads one index key per name, however many people there are.
 * `after`: the name after which to begin.
 */
export async function readListNames(
  database: Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<string[]> {
  const names: string[] = [];
  // The smallest string after a name is the name and a NUL.
  let from = after === null ? '' : `${after}\u0000`;
  while (names.length < limit) {
    const step = { min: { [LISTS]: from }, hint: { [LISTS]: 1 }, returnKey: true, limit: 1 } as const;
    const [key] = await contacts(database).find<Record<string, string>>({}, step).toArray();
    const name = key?.[LISTS];
    if (name === undefined) break;
    names.push(name);
    from = `${name}\u0000`;
  }
  return names;
}

/** A profile without activity, which only events write. */
export type ProfileFields = Omit<StoredProfile, (typeof WRITTEN_BY_EVENTS)[number]>;

/** The only list of these fields: neither a read nor a write of a profile touches them. */
const WRITTEN_BY_EVENTS = ['days', 'fadesAt'] as const;

const isWrittenByEvents = (part: string): boolean => WRITTEN_BY_EVENTS.some((written) => written === part);

/** The fields by which a profile is read and written. None of them is consent. */
export type ProfileHolder = Pick<
  ContactDoc,
  '_id' | 'index' | 'keys' | 'sealed' | 'profileSealed' | 'profileRev'
> & { profile?: ProfileFields };

const PROFILE_FIELDS = Object.keys(EMPTY_PROFILE).filter((part) => !isWrittenByEvents(part));
const PARTS = Object.fromEntries(
  [
    'index',
    'keys',
    'sealed',
    'profileSealed',
    'profileRev',
    ...PROFILE_FIELDS.map((part) => `profile.${part}`),
  ].map((part) => [part, 1]),
);

/** Current holders of these numbers, including erased ones. */
export async function findProfileHolders(database: Database, indexes: string[]): Promise<ProfileHolder[]> {
  const filter = { index: { $in: indexes }, current: true };
  return contacts(database).find<ProfileHolder>(filter, { projection: PARTS }).toArray();
}

/** `names`: the box of new names; absent when the names stay. */
export type ProfileUpdate = { before: ProfileHolder; after: StoredProfile; names?: Buffer | null };

/**
 * A profile write uses a revision of its own and leaves `rev` alone: `rev` guards decisions about consent, and no
 * such decision depends on a profile. An act of consent sets only the fields that it changed, so neither write
 * undoes the other. Does not match a contact that was erased meanwhile.
 */
function updateOf({ before, after, names }: ProfileUpdate) {
  const set = before.profile === undefined ? { profile: after } : partsOf(after);
  return {
    filter: {
      _id: before._id,
      sealed: { $ne: null },
      profileRev: before.profileRev ?? { $exists: false },
    },
    update: {
      $set: { ...set, ...(names === undefined ? {} : { profileSealed: names }) },
      $inc: { profileRev: 1 },
    },
    hint: { _id: 1 },
  };
}

/** Field by field, so that events recorded meanwhile stay. */
const partsOf = (profile: StoredProfile): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(profile).flatMap(([part, value]) =>
      isWrittenByEvents(part) ? [] : [[`profile.${part}`, value]],
    ),
  );

/** Adds and updates contacts. False when another writer wrote one of them first; the others are then written. */
export async function writeProfiles(
  database: Database,
  added: readonly ContactDoc[],
  updates: readonly ProfileUpdate[],
): Promise<boolean> {
  const operations = [
    ...added.map((document) => ({ insertOne: { document } })),
    ...updates.map((update) => ({ updateOne: updateOf(update) })),
  ];
  if (operations.length === 0) return true;
  try {
    const { matchedCount } = await contacts(database).bulkWrite(operations, { ordered: false });
    return matchedCount === updates.length;
  } catch (error) {
    if (isDuplicatesOnly(error)) return false;
    throw error;
  }
}

const NO_NAMES: ProfileNames = { first_name: null, last_name: null };
const placeOf = (contact: string): string => `contacts:${contact}:profileSealed`;

/** Throws `KeyMissing` or `SealBroken` when the names cannot be opened. */
export function openNames(
  ring: KeyRing,
  holder: Pick<ProfileHolder, '_id' | 'keys' | 'profileSealed'>,
): ProfileNames {
  const { _id, keys, profileSealed } = holder;
  if (profileSealed === undefined || profileSealed === null) return NO_NAMES;
  const plain = unseal(openHolderKey(ring, _id, keys, 'profile'), placeOf(_id), profileSealed);
  return JSON.parse(plain.toString('utf8')) as ProfileNames;
}

/** Null when there is no name. */
export function sealNames(key: Buffer, contact: string, names: ProfileNames): Buffer | null {
  const none = names.first_name === null && names.last_name === null;
  return none ? null : seal(key, placeOf(contact), JSON.stringify(names));
}

/** Why one of these saved trees must not be used any more (its field was sealed since); null when all may. */
export async function sealedAsked(database: Database, trees: readonly Resolved[]): Promise<string | null> {
  if (trees.every((tree) => fieldsAsked(tree).size === 0)) return null;
  const fields = await readContactFields(database);
  return trees.map((tree) => sealedFault(tree, fields)).find((fault) => fault !== null) ?? null;
}

const sealedPlaceOf = (contact: string, name: string): string => `contacts:${contact}:profile.fields.${name}`;

type Fields = Readonly<Record<string, FieldValue>>;
type StoredFields = Readonly<Record<string, StoredValue>>;

/** Own fields in the clear. Throws `KeyMissing` or `SealBroken` when one cannot be opened. */
export function openFields(
  ring: KeyRing,
  holder: { _id: string; keys: HolderKeys },
  stored: StoredFields,
): Record<string, FieldValue> {
  if (!Object.values(stored).some(Buffer.isBuffer)) return stored as Record<string, FieldValue>;
  const key = openHolderKey(ring, holder._id, holder.keys, 'profile');
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name, opened(key, holder._id, name, value)]),
  );
}

const opened = (key: Buffer, contact: string, name: string, value: StoredValue): FieldValue =>
  Buffer.isBuffer(value) ? unseal(key, sealedPlaceOf(contact, name), value).toString('utf8') : value;

/**
 * `sealed`: names of the fields that are stored sealed. `before`: the person as read; the boxes of unchanged values
 * are reused.
 */
export function sealFields(
  { key, contact, sealed }: { key: Buffer; contact: string; sealed: ReadonlySet<string> },
  fields: Fields,
  before: { fields: Fields; stored: StoredFields },
): Record<string, StoredValue> {
  const boxOf = (name: string, value: FieldValue): StoredValue => {
    const stored = before.stored[name];
    if (Buffer.isBuffer(stored) && before.fields[name] === value) return stored;
    return sealed.has(name) && typeof value === 'string' ? sealValue(key, contact, name, value) : value;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, boxOf(name, value)]));
}

/** One value of an own field, sealed under the person's profile key. */
const sealValue = (key: Buffer, contact: string, name: string, value: string): Buffer =>
  seal(key, sealedPlaceOf(contact, name), value);
