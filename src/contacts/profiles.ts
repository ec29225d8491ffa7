import type { AppContext } from '../consent/app-context.ts';
import { GENESIS } from '../consent/ledger/ledger.ts';
import { notesOnPlace, type PlaceNote } from '../domain/contacts/place-notes.ts';
import { EMPTY_PROFILE, type FieldDefinition, isKeptSealed } from '../domain/contacts/profile.ts';
import {
  applyChanges,
  type Described,
  type FieldFault,
  faultsOfAnybody,
  NOBODY,
  type ProfileChanges,
  type ProfileDefinitions,
} from '../domain/contacts/profile-changes.ts';
import { judgeNumber, type LineType, NUMBER_REFUSALS } from '../domain/hygiene/number-verification.ts';
import { readNumber } from '../domain/numbers.ts';
import { StaleRead } from '../store/consent/commit.ts';
import { stageNames } from '../store/contacts/activity.ts';
import type { ContactDoc, StoredProfile } from '../store/contacts/contacts.ts';
import { fieldsOf, newHolder, type OpenContact, unlessClosed } from '../store/contacts/open-contact.ts';
import {
  claimContactField,
  findProfileHolders,
  openFields,
  openNames,
  type ProfileHolder,
  type ProfileUpdate,
  readContactFields,
  sealFields,
  sealNames,
  writeProfiles,
} from '../store/contacts/profiles.ts';
import { readVerificationRules } from '../store/contacts/verification.ts';
import { openHolderKey } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';

/** What one request says about the holder of a number (E.164). */
export type SaveRequest = {
  number: string;
  changes: ProfileChanges;
  /** The source to store when nobody has the number yet: "key 1f…". */
  source: string;
};

/** A stored or new person, with the changes of the requests so far. */
type ProfileDraft = {
  id: string;
  before: Described;
  after: Described;
  changed: Set<string>;
  /** The person's profile key. */
  key: Buffer;
} & ({ stored: ProfileHolder } | { added: OpenContact; source: string });

/** What a batch of requests is decided on, read together, and what is to be written. */
type ProfileBatch = {
  known: ProfileDefinitions;
  /** Fields of which nobody has a value yet: their type may still change. */
  unused: readonly FieldDefinition[];
  /** Keyed by blind index. */
  people: Map<string, ProfileDraft>;
  /** Erased contacts: ids by blind index. */
  erased: ReadonlyMap<string, string>;
  /** Contacts that the keys of this process cannot open: ids by blind index. */
  closed: ReadonlyMap<string, string>;
  /** Line types that are accepted although they are said to get no texts. */
  accepted: readonly LineType[];
  now: Date;
};

async function loadBatch(context: AppContext, requests: readonly SaveRequest[]): Promise<ProfileBatch> {
  // Reads definitions first: a type that changes after this read is noticed when the field is claimed.
  const { known, unused } = await readKnown(context.store);
  const indexes = new Set(requests.map(({ number }) => context.indexOf(number)));
  const holders = await findProfileHolders(context.store, [...indexes]);
  const erased = holders.filter(({ sealed }) => sealed === null);
  const living = holders.filter(({ sealed }) => sealed !== null);
  const read = living.map((stored) => [stored, unlessClosed(() => somebodyStored(context, stored))] as const);
  for (const [{ _id: contact }, opened] of read) {
    if (opened === null)
      context.log.error({ contact }, 'a contact cannot be opened; a change of its profile is refused');
  }
  return {
    known,
    unused,
    people: new Map(read.flatMap(([{ index }, opened]) => (opened === null ? [] : [[index, opened]]))),
    accepted: (await readVerificationRules(context.store)).accepted,
    erased: new Map(erased.map(({ index, _id }) => [index, _id])),
    closed: new Map(read.flatMap(([{ index, _id }, opened]) => (opened === null ? [[index, _id]] : []))),
    now: context.now(),
  };
}

export async function readKnown(store: Store): Promise<Pick<ProfileBatch, 'known' | 'unused'>> {
  const fields = await readContactFields(store);
  return {
    known: {
      fields: new Map(fields.map(({ used: _, ...field }) => [field.name, field])),
      stages: await stageNames(store),
    },
    unused: fields.filter(({ used }) => !used),
  };
}

/** Throws `KeyMissing` or `SealBroken`. */
function somebodyStored({ ring }: Pick<AppContext, 'ring'>, stored: ProfileHolder): ProfileDraft {
  const { _id: id, keys, profile } = stored;
  const key = openHolderKey(ring, id, keys, 'profile');
  const fields = openFields(ring, stored, profile?.fields ?? {});
  const before = { profile: { ...EMPTY_PROFILE, ...profile, fields }, names: openNames(ring, stored) };
  return { id, before, after: before, changed: new Set(), key, stored };
}

/** A new contact: keys and a number, and nothing else. */
function somebodyNew(
  context: Pick<AppContext, 'indexOf' | 'ring'>,
  { number, source }: SaveRequest,
): ProfileDraft {
  const added = newHolder(context.ring, number, context.indexOf(number), []);
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

/**
 * Fixes the type, and the sealing, of fields that get their first value here. False when one of them changed since
 * it was read.
 */
async function claimFields(
  context: Pick<AppContext, 'store'>,
  { people, unused }: ProfileBatch,
): Promise<boolean> {
  for (const field of unused) {
    const isSet = [...people.values()].some(({ after }) => field.name in after.profile.fields);
    if (isSet && !(await claimContactField(context.store, field))) return false;
  }
  return true;
}

/** False when another writer wrote one of these people first. */
async function saveBatch(
  context: Pick<AppContext, 'store'>,
  { people, known, now }: ProfileBatch,
): Promise<boolean> {
  const added: ContactDoc[] = [];
  const updates: ProfileUpdate[] = [];
  const sealed = new Set([...known.fields.values()].filter(isKeptSealed).map(({ name }) => name));
  for (const person of people.values()) {
    if ('added' in person) added.push(contactOf(person, person, { sealed, now }));
    else if (person.changed.size > 0) updates.push(updateOf(person, person.stored, sealed));
  }
  return writeProfiles(context.store, added, updates);
}

/** A new document with revision 1, an empty chain and no consent. */
function contactOf(
  profileDraft: ProfileDraft,
  { added: holder, source }: { added: OpenContact; source: string },
  { sealed, now: createdAt }: { sealed: ReadonlySet<string>; now: Date },
): ContactDoc {
  return {
    ...fieldsOf(holder, holder.person, { rev: 1, head: { seq: 0, hash: GENESIS }, createdAt, source }),
    profile: storedProfile(profileDraft, {}, sealed),
    profileSealed: sealNames(holder.keys.profile, profileDraft.id, profileDraft.after.names),
    profileRev: 1,
  };
}

function updateOf(
  profileDraft: ProfileDraft,
  before: ProfileHolder,
  sealed: ReadonlySet<string>,
): ProfileUpdate {
  const { id, after, changed, key } = profileDraft;
  const update = { before, after: storedProfile(profileDraft, before.profile?.fields ?? {}, sealed) };
  if (!changed.has('first_name') && !changed.has('last_name')) return update;
  return { ...update, names: sealNames(key, id, after.names) };
}

function storedProfile(
  { id, key, before, after }: ProfileDraft,
  stored: StoredProfile['fields'],
  sealed: ReadonlySet<string>,
): StoredProfile {
  const was = { fields: before.profile.fields, stored };
  return { ...after.profile, fields: sealFields({ key, contact: id, sealed }, after.profile.fields, was) };
}

/** `notes`: what contradicts itself in the profile as it stands now. */
export type Saved = {
  kind: 'saved';
  contact: string;
  created: boolean;
  changed: string[];
  notes: PlaceNote[];
};
/**
 * `inItself`: the same request would be refused for any number. Otherwise it is refused because of what is stored
 * about `contact`, or because nobody holds the number (null). `erased`: the person was erased, and only their own
 * JOIN starts anew.
 */
type Refused =
  | { kind: 'refused'; faults: FieldFault[]; inItself: boolean; contact: string | null }
  | { kind: 'erased'; contact: string };
export type SaveResult = Saved | Refused;

/** How often to try again when other writers write the same people first. */
const MOST_TRIES = 30;

/**
 * Saves what requests say about people, in order. An unknown number becomes a contact without any consent. Writes
 * profiles alone: no subscription, no suppression, no ledger. Durable when it resolves; the same requests again
 * change nothing. Throws `StaleRead` when other writers kept being first.
 */
export async function saveProfiles(
  context: AppContext,
  requests: readonly SaveRequest[],
): Promise<SaveResult[]> {
  let results: SaveResult[] = [];
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const round = await loadBatch(context, requests);
    const earlier = results;
    results = requests.map((request, at) => withEarlier(decide(context, round, request), earlier[at]));
    if ((await claimFields(context, round)) && (await saveBatch(context, round))) return results;
  }
  throw new StaleRead('other writers changed the same contacts again and again');
}

/** Faults of a request that do not depend on the holder of the number. Reads no contact. */
export async function faultsOfRequest(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  { changes }: SaveRequest,
): Promise<FieldFault[]> {
  return faultsOfAnybody(changes, (await readKnown(store)).known, now());
}

/**
 * A change that would be refused for anybody is refused for that reason alone, so that the refusal tells nothing
 * about the holder.
 */
function decide(
  context: Pick<AppContext, 'indexOf' | 'ring'>,
  round: ProfileBatch,
  request: SaveRequest,
): SaveResult {
  const decided = decideOn(context, round, request);
  if (decided.kind === 'saved') return decided;
  const faults = faultsOfAnybody(request.changes, round.known, round.now);
  return faults.length === 0 ? decided : { kind: 'refused', faults, inItself: true, contact: null };
}

function decideOn(
  context: Pick<AppContext, 'indexOf' | 'ring'>,
  round: ProfileBatch,
  request: SaveRequest,
): SaveResult {
  const { people, known: rules, now } = round;
  const index = context.indexOf(request.number);
  const [erased, closed] = [round.erased.get(index), round.closed.get(index)];
  if (erased !== undefined) return { kind: 'erased', contact: erased };
  if (closed !== undefined) return refusedAsHeld([CLOSED], closed);
  const known = people.get(index);
  const fault = known === undefined ? faultOfNew(request.number, round) : null;
  if (fault !== null) return refusedAsHeld([fault], null);
  const profileDraft = known ?? somebodyNew(context, request);
  const applied = applyChanges(profileDraft.after, request.changes, rules, now);
  if (applied.kind === 'refused') return refusedAsHeld(applied.faults, profileDraft.id);
  profileDraft.after = applied.after;
  for (const field of applied.changed) profileDraft.changed.add(field);
  people.set(index, profileDraft);
  const { id: contact, after } = profileDraft;
  return {
    kind: 'saved',
    contact,
    created: known === undefined,
    changed: applied.changed,
    notes: notesOnPlace(after.profile.place),
  };
}

const refusedAsHeld = (faults: FieldFault[], contact: string | null): Refused => ({
  kind: 'refused',
  faults,
  inItself: false,
  contact,
});

const CLOSED: FieldFault = {
  field: 'phone',
  message: 'The data of the person cannot be opened with the keys of this process.',
};

/** What the numbering plan says against a number that nobody has yet; null when nothing. */
function faultOfNew(number: string, { accepted }: ProfileBatch): FieldFault | null {
  const phone = readNumber(number);
  const refused = phone.kind === 'phone' ? judgeNumber(phone, 'not-asked', accepted).refused : null;
  return refused === null ? null : { field: 'phone', message: NUMBER_REFUSALS[refused].join(' ') };
}

/** Adds what an earlier try wrote for the same contact. */
function withEarlier(now: SaveResult, earlier: SaveResult | undefined): SaveResult {
  if (now.kind !== 'saved' || earlier?.kind !== 'saved' || now.contact !== earlier.contact) return now;
  const changed = [...new Set([...earlier.changed, ...now.changed])];
  return { ...now, created: earlier.created || now.created, changed };
}
