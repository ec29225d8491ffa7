import type { Desk } from '../consent/desk.ts';
import { GENESIS } from '../consent/ledger.ts';
import { EMPTY_PROFILE, type FieldDefinition } from '../domain/audience/profile.ts';
import {
  type Described,
  type Known,
  type Names,
  type ProfileChanges,
  STAGES,
} from '../domain/audience/save-profile.ts';
import type { LineType } from '../domain/hygiene/verifying.ts';
import { claimContactField, readContactFields, readOwnStages } from '../store/contact-fields.ts';
import type { ContactDoc } from '../store/contacts.ts';
import { fieldsOf, type Holder, newHolder } from '../store/holder.ts';
import { openHolderKey } from '../store/keys.ts';
import {
  findProfileHolders,
  openNames,
  type ProfileHolder,
  type ProfileUpdate,
  sealNames,
  writeProfiles,
} from '../store/profiles.ts';
import { readVerificationRules } from '../store/verification-rules.ts';

/** What one request says of the holder of a number, E.164. */
export type SaveRequest = {
  number: string;
  changes: ProfileChanges;
  /** What brings it, where nobody has the number yet: "key 1f…". */
  source?: string;
};

/** Somebody as read, or about to be added, and as the requests so far describe them. */
export type Somebody = {
  id: string;
  before: Described;
  after: Described;
  changed: Set<string>;
} & ({ stored: ProfileHolder } | { added: Holder; source: string | undefined });

/** What some requests are decided on, read together, and what is to be written. */
export type Round = {
  known: Known;
  /** Fields that have no value with anybody yet: their type may still change. */
  unused: readonly FieldDefinition[];
  /** By blind index. */
  people: Map<string, Somebody>;
  erased: ReadonlySet<string>;
  /** Lines that are taken on although they are said to get no texts. */
  accepted: readonly LineType[];
  now: Date;
};

export async function openRound(desk: Desk, requests: readonly SaveRequest[]): Promise<Round> {
  // Definitions first: a type that changes after this is noticed when its field is claimed.
  const fields = await readContactFields(desk.store);
  const indexes = new Set(requests.map(({ number }) => desk.indexOf(number)));
  const holders = await findProfileHolders(desk.store, [...indexes]);
  const isErased = ({ sealed }: ProfileHolder): boolean => sealed === null;
  return {
    known: {
      fields: new Map(fields.map(({ used: _, ...one }) => [one.name, one])),
      stages: new Set([...STAGES, ...(await readOwnStages(desk.store))]),
    },
    unused: fields.filter(({ used }) => !used),
    people: new Map(
      holders.filter((one) => !isErased(one)).map((one) => [one.index, somebodyStored(desk, one)]),
    ),
    accepted: (await readVerificationRules(desk.store)).accepted,
    erased: new Set(holders.filter(isErased).map(({ index }) => index)),
    now: desk.now(),
  };
}

function somebodyStored(desk: Desk, stored: ProfileHolder): Somebody {
  const before = { profile: { ...EMPTY_PROFILE, ...stored.profile }, names: openNames(desk.ring, stored) };
  return { id: stored._id, before, after: before, changed: new Set(), stored };
}

const NO_NAMES: Names = { first_name: null, last_name: null };

/** A contact to be: keys and a number, and nothing else. */
export function somebodyNew(desk: Desk, { number, source }: SaveRequest): Somebody {
  const added = newHolder(desk.ring, number, desk.indexOf(number), []);
  const before = { profile: EMPTY_PROFILE, names: NO_NAMES };
  return { id: added.id, before, after: before, changed: new Set(), added, source };
}

/** Makes the types of fields final that get their first value here. False where one changed since it was read. */
export async function claimFields(desk: Desk, { people, unused }: Round): Promise<boolean> {
  for (const { name, type } of unused) {
    const isSet = [...people.values()].some(({ after }) => name in after.profile.fields);
    if (isSet && !(await claimContactField(desk.store, name, type))) return false;
  }
  return true;
}

/** False where another writer was first with somebody. */
export async function writeRound(desk: Desk, { people, now }: Round): Promise<boolean> {
  const added: ContactDoc[] = [];
  const updates: ProfileUpdate[] = [];
  for (const one of people.values()) {
    if ('added' in one) added.push(contactOf(one, one, now));
    else if (one.changed.size > 0) updates.push(updateOf(desk, one, one.stored));
  }
  return writeProfiles(desk.store, added, updates);
}

/** Revision 1, an empty chain, and a stranger's consent, which is none. */
function contactOf(
  one: Somebody,
  { added: holder, source }: { added: Holder; source: string | undefined },
  createdAt: Date,
): ContactDoc {
  return {
    ...fieldsOf(holder, holder.person),
    profile: one.after.profile,
    profileSealed: sealNames(holder.keys.profile, one.id, one.after.names),
    profileRev: 1,
    rev: 1,
    head: { seq: 0, hash: GENESIS },
    createdAt,
    ...(source === undefined ? {} : { source }),
  };
}

function updateOf(desk: Desk, { id, after, changed }: Somebody, before: ProfileHolder): ProfileUpdate {
  const update = { before, after: after.profile };
  if (!changed.has('first_name') && !changed.has('last_name')) return update;
  const key = openHolderKey(desk.ring, id, before.keys, 'profile');
  return { ...update, names: sealNames(key, id, after.names) };
}
