import type { Desk } from '../consent/desk.ts';
import { GENESIS } from '../consent/ledger/ledger.ts';
import { EMPTY_PROFILE, type FieldDefinition, isKeptSealed } from '../domain/audience/profile.ts';
import { type Described, type Known, NOBODY, type ProfileChanges } from '../domain/audience/save-profile.ts';
import type { LineType } from '../domain/hygiene/verifying.ts';
import { claimContactField, readContactFields } from '../store/people/contact-fields.ts';
import type { ContactDoc } from '../store/people/contacts.ts';
import { fieldsOf, type Holder, newHolder, unlessClosed } from '../store/people/holder.ts';
import {
  findProfileHolders,
  openNames,
  type ProfileHolder,
  type ProfileUpdate,
  type StoredProfile,
  sealNames,
  writeProfiles,
} from '../store/people/profiles.ts';
import { stageNames } from '../store/people/stages.ts';
import { readVerificationRules } from '../store/people/verification-rules.ts';
import { openHolderKey } from '../store/sealing/keys.ts';
import { openFields, sealFields } from '../store/sealing/sealed-fields.ts';
import type { Store } from '../store/store.ts';

/** What one request says of the holder of a number, E.164. */
export type SaveRequest = {
  number: string;
  changes: ProfileChanges;
  /** What brings it, where nobody has the number yet: "key 1f…". */
  source: string;
};

/** Somebody as read, or about to be added, and as the requests so far describe them. */
export type Somebody = {
  id: string;
  before: Described;
  after: Described;
  changed: Set<string>;
  /** Their profile key. */
  key: Buffer;
} & ({ stored: ProfileHolder } | { added: Holder; source: string });

/** What some requests are decided on, read together, and what is to be written. */
export type Round = {
  known: Known;
  /** Fields that have no value with anybody yet: their type may still change. */
  unused: readonly FieldDefinition[];
  /** By blind index. */
  people: Map<string, Somebody>;
  /** Ids of contacts by blind index. */
  erased: ReadonlyMap<string, string>;
  /** Whom the keys of this process cannot open, in the same way. */
  closed: ReadonlyMap<string, string>;
  /** Lines that are taken on although they are said to get no texts. */
  accepted: readonly LineType[];
  now: Date;
};

export async function openRound(desk: Desk, requests: readonly SaveRequest[]): Promise<Round> {
  // Definitions first: a type that changes after this is noticed when its field is claimed.
  const { known, unused } = await readKnown(desk.store);
  const indexes = new Set(requests.map(({ number }) => desk.indexOf(number)));
  const holders = await findProfileHolders(desk.store, [...indexes]);
  const erased = holders.filter(({ sealed }) => sealed === null);
  const living = holders.filter(({ sealed }) => sealed !== null);
  const read = living.map((stored) => [stored, unlessClosed(() => somebodyStored(desk, stored))] as const);
  for (const [{ _id: contact }, one] of read) {
    if (one === null)
      desk.log.error({ contact }, 'a contact cannot be opened; what is told of it is refused');
  }
  return {
    known,
    unused,
    people: new Map(read.flatMap(([{ index }, one]) => (one === null ? [] : [[index, one]]))),
    accepted: (await readVerificationRules(desk.store)).accepted,
    erased: new Map(erased.map(({ index, _id }) => [index, _id])),
    closed: new Map(read.flatMap(([{ index, _id }, one]) => (one === null ? [[index, _id]] : []))),
    now: desk.now(),
  };
}

export async function readKnown(store: Store): Promise<Pick<Round, 'known' | 'unused'>> {
  const fields = await readContactFields(store);
  return {
    known: {
      fields: new Map(fields.map(({ used: _, ...one }) => [one.name, one])),
      stages: await stageNames(store),
    },
    unused: fields.filter(({ used }) => !used),
  };
}

/** Throws `KeyMissing` or `SealBroken`. */
function somebodyStored({ ring }: Desk, stored: ProfileHolder): Somebody {
  const { _id: id, keys, profile } = stored;
  const key = openHolderKey(ring, id, keys, 'profile');
  const fields = openFields(ring, stored, profile?.fields ?? {});
  const before = { profile: { ...EMPTY_PROFILE, ...profile, fields }, names: openNames(ring, stored) };
  return { id, before, after: before, changed: new Set(), key, stored };
}

/** A contact to be: keys and a number, and nothing else. */
export function somebodyNew(desk: Desk, { number, source }: SaveRequest): Somebody {
  const added = newHolder(desk.ring, number, desk.indexOf(number), []);
  return {
    id: added.id,
    before: NOBODY,
    after: NOBODY,
    changed: new Set(),
    key: added.keys.profile,
    added,
    source,
  };
}

/** Makes the types of fields, and that they are sealed or not, final that get their first value here. False where one changed since it was read. */
export async function claimFields(desk: Desk, { people, unused }: Round): Promise<boolean> {
  for (const field of unused) {
    const isSet = [...people.values()].some(({ after }) => field.name in after.profile.fields);
    if (isSet && !(await claimContactField(desk.store, field))) return false;
  }
  return true;
}

/** False where another writer was first with somebody. */
export async function writeRound(desk: Desk, { people, known, now }: Round): Promise<boolean> {
  const added: ContactDoc[] = [];
  const updates: ProfileUpdate[] = [];
  const sealed = new Set([...known.fields.values()].filter(isKeptSealed).map(({ name }) => name));
  for (const one of people.values()) {
    if ('added' in one) added.push(contactOf(one, one, { sealed, now }));
    else if (one.changed.size > 0) updates.push(updateOf(one, one.stored, sealed));
  }
  return writeProfiles(desk.store, added, updates);
}

/** Revision 1, an empty chain, and a stranger's consent, which is none. */
function contactOf(
  one: Somebody,
  { added: holder, source }: { added: Holder; source: string },
  { sealed, now: createdAt }: { sealed: ReadonlySet<string>; now: Date },
): ContactDoc {
  return {
    ...fieldsOf(holder, holder.person, { rev: 1, head: { seq: 0, hash: GENESIS }, createdAt, source }),
    profile: storedProfile(one, {}, sealed),
    profileSealed: sealNames(holder.keys.profile, one.id, one.after.names),
    profileRev: 1,
  };
}

function updateOf(one: Somebody, before: ProfileHolder, sealed: ReadonlySet<string>): ProfileUpdate {
  const { id, after, changed, key } = one;
  const update = { before, after: storedProfile(one, before.profile?.fields ?? {}, sealed) };
  if (!changed.has('first_name') && !changed.has('last_name')) return update;
  return { ...update, names: sealNames(key, id, after.names) };
}

function storedProfile(
  { id, key, before, after }: Somebody,
  stored: StoredProfile['fields'],
  sealed: ReadonlySet<string>,
): StoredProfile {
  const was = { fields: before.profile.fields, stored };
  return { ...after.profile, fields: sealFields({ key, contact: id, sealed }, after.profile.fields, was) };
}
