import { EMPTY_PROFILE, type FieldValue, type Profile } from '../../domain/audience/profile.ts';
import type { Names } from '../../domain/audience/save-profile.ts';
import { isDuplicatesOnly } from '../database-failure.ts';
import { type KeyRing, openHolderKey } from '../sealing/keys.ts';
import { seal, unseal } from '../sealing/sealing.ts';
import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/** As it is stored: of an own field that is kept sealed, the box. */
export type StoredValue = FieldValue | Buffer;
export type StoredProfile = Omit<Profile, 'fields'> & { fields: Record<string, StoredValue> };

/** A profile without what the person did, which only events write. */
export type Told = Omit<StoredProfile, (typeof DONE)[number]>;

const DONE = ['days', 'fadesAt'] as const;

/** What a profile is read and written by; nothing of it is consent. */
export type ProfileHolder = Pick<
  ContactDoc,
  '_id' | 'index' | 'keys' | 'sealed' | 'profileSealed' | 'profileRev'
> & { profile?: Told };

const TOLD = Object.keys(EMPTY_PROFILE).filter((part) => !DONE.some((done) => done === part));
const PARTS = Object.fromEntries(
  ['index', 'keys', 'sealed', 'profileSealed', 'profileRev', ...TOLD.map((part) => `profile.${part}`)].map(
    (part) => [part, 1],
  ),
);

/** Current holders of these numbers, erased ones too. */
export async function findProfileHolders(store: Store, indexes: string[]): Promise<ProfileHolder[]> {
  const filter = { index: { $in: indexes }, current: true };
  return store.contacts.find<ProfileHolder>(filter, { projection: PARTS }).toArray();
}

/** `names`: the box of new ones; absent where they stay. */
export type ProfileUpdate = { before: ProfileHolder; after: StoredProfile; names?: Buffer | null };

/**
 * A write of a profile goes by a revision of its own and leaves `rev` alone: `rev` says what consent was decided on,
 * and nothing decides on a profile. An act of consent sets only the fields it changed, so neither undoes the other.
 * Whoever was erased meanwhile is not matched.
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

/** Part by part, so that events that come meanwhile stay. */
const partsOf = ({ days: _, fadesAt: __, ...told }: StoredProfile): Record<string, unknown> =>
  Object.fromEntries(Object.entries(told).map(([part, value]) => [`profile.${part}`, value]));

/** Adds and updates contacts. False where another writer was first with one of them; the others are then written. */
export async function writeProfiles(
  store: Store,
  added: readonly ContactDoc[],
  updates: readonly ProfileUpdate[],
): Promise<boolean> {
  const operations = [
    ...added.map((document) => ({ insertOne: { document } })),
    ...updates.map((one) => ({ updateOne: updateOf(one) })),
  ];
  if (operations.length === 0) return true;
  try {
    const { matchedCount } = await store.contacts.bulkWrite(operations, { ordered: false });
    return matchedCount === updates.length;
  } catch (error) {
    if (isDuplicatesOnly(error)) return false;
    throw error;
  }
}

const NO_NAMES: Names = { first_name: null, last_name: null };
const placeOf = (contact: string): string => `contacts:${contact}:profileSealed`;

/** Throws `KeyMissing` or `SealBroken` where the names cannot be opened. */
export function openNames(
  ring: KeyRing,
  holder: Pick<ProfileHolder, '_id' | 'keys' | 'profileSealed'>,
): Names {
  const { _id, keys, profileSealed } = holder;
  if (profileSealed === undefined || profileSealed === null) return NO_NAMES;
  const plain = unseal(openHolderKey(ring, _id, keys, 'profile'), placeOf(_id), profileSealed);
  return JSON.parse(plain.toString('utf8')) as Names;
}

/** Null where there is no name. */
export function sealNames(key: Buffer, contact: string, names: Names): Buffer | null {
  const none = names.first_name === null && names.last_name === null;
  return none ? null : seal(key, placeOf(contact), JSON.stringify(names));
}
