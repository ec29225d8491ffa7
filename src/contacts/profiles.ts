import type { AppContext } from '../consent/app-context.ts';
import { GENESIS } from '../consent/ledger/ledger.ts';
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

/** What one request says of the holder of a number, E.164. */
export type SaveRequest = {
  number: string;
  changes: ProfileChanges;
  /** What brings it, where nobody has the number yet: "key 1f…". */
  source: string;
};

/** Somebody as read, or about to be added, and as the requests so far describe them. */
type ProfileDraft = {
  id: string;
  before: Described;
  after: Described;
  changed: Set<string>;
  /** Their profile key. */
  key: Buffer;
} & ({ stored: ProfileHolder } | { added: OpenContact; source: string });

/** What some requests are decided on, read together, and what is to be written. */
type ProfileBatch = {
  known: ProfileDefinitions;
  /** Fields that have no value with anybody yet: their type may still change. */
  unused: readonly FieldDefinition[];
  /** By blind index. */
  people: Map<string, ProfileDraft>;
  /** Ids of contacts by blind index. */
  erased: ReadonlyMap<string, string>;
  /** Whom the keys of this process cannot open, in the same way. */
  closed: ReadonlyMap<string, string>;
  /** Lines that are taken on although they are said to get no texts. */
  accepted: readonly LineType[];
  now: Date;
};

async function loadBatch(desk: AppContext, requests: readonly SaveRequest[]): Promise<ProfileBatch> {
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

export async function readKnown(store: Store): Promise<Pick<ProfileBatch, 'known' | 'unused'>> {
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
function somebodyStored({ ring }: AppContext, stored: ProfileHolder): ProfileDraft {
  const { _id: id, keys, profile } = stored;
  const key = openHolderKey(ring, id, keys, 'profile');
  const fields = openFields(ring, stored, profile?.fields ?? {});
  const before = { profile: { ...EMPTY_PROFILE, ...profile, fields }, names: openNames(ring, stored) };
  return { id, before, after: before, changed: new Set(), key, stored };
}

/** A contact to be: keys and a number, and nothing else. */
function somebodyNew(desk: AppContext, { number, source }: SaveRequest): ProfileDraft {
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
async function claimFields(desk: AppContext, { people, unused }: ProfileBatch): Promise<boolean> {
  for (const field of unused) {
    const isSet = [...people.values()].some(({ after }) => field.name in after.profile.fields);
    if (isSet && !(await claimContactField(desk.store, field))) return false;
  }
  return true;
}

/** False where another writer was first with somebody. */
async function saveBatch(desk: AppContext, { people, known, now }: ProfileBatch): Promise<boolean> {
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
  one: ProfileDraft,
  { added: holder, source }: { added: OpenContact; source: string },
  { sealed, now: createdAt }: { sealed: ReadonlySet<string>; now: Date },
): ContactDoc {
  return {
    ...fieldsOf(holder, holder.person, { rev: 1, head: { seq: 0, hash: GENESIS }, createdAt, source }),
    profile: storedProfile(one, {}, sealed),
    profileSealed: sealNames(holder.keys.profile, one.id, one.after.names),
    profileRev: 1,
  };
}

function updateOf(one: ProfileDraft, before: ProfileHolder, sealed: ReadonlySet<string>): ProfileUpdate {
  const { id, after, changed, key } = one;
  const update = { before, after: storedProfile(one, before.profile?.fields ?? {}, sealed) };
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

export type Saved = { kind: 'saved'; contact: string; created: boolean; changed: string[] };
/**
 * `inItself`: the same would be refused whoever has the number; else it is for what is held of `contact`, or since nobody is
 * held (null). `erased`: everything about the person was erased, and only their own JOIN begins anew.
 */
type Refused =
  | { kind: 'refused'; faults: FieldFault[]; inItself: boolean; contact: string | null }
  | { kind: 'erased'; contact: string };
export type SaveResult = Saved | Refused;

/** How often writers of the same people may get in the way before it is given up. */
const MOST_TRIES = 30;

/**
 * Saves what requests say of people, in their order; who is not known yet becomes a contact without any consent.
 * Writes profiles alone: no subscription, no suppression, no ledger. Durable when it resolves, and the same requests
 * again change nothing. Throws `StaleRead` where other writers kept being first.
 */
export async function saveProfiles(
  desk: AppContext,
  requests: readonly SaveRequest[],
): Promise<SaveResult[]> {
  let results: SaveResult[] = [];
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const round = await loadBatch(desk, requests);
    const earlier = results;
    results = requests.map((request, at) => withEarlier(decide(desk, round, request), earlier[at]));
    if ((await claimFields(desk, round)) && (await saveBatch(desk, round))) return results;
  }
  throw new StaleRead('other writers of the same contacts were always first');
}

/** What is at fault with a request whoever has the number: nobody is read for it. */
export async function faultsOfRequest(
  { store, now }: AppContext,
  { changes }: SaveRequest,
): Promise<FieldFault[]> {
  return faultsOfAnybody(changes, (await readKnown(store)).known, now());
}

/** What would be refused of anybody is refused for that alone: it tells nothing of who has the number. */
function decide(desk: AppContext, round: ProfileBatch, request: SaveRequest): SaveResult {
  const decided = decideOn(desk, round, request);
  if (decided.kind === 'saved') return decided;
  const faults = faultsOfAnybody(request.changes, round.known, round.now);
  return faults.length === 0 ? decided : { kind: 'refused', faults, inItself: true, contact: null };
}

function decideOn(desk: AppContext, round: ProfileBatch, request: SaveRequest): SaveResult {
  const { people, known: rules, now } = round;
  const index = desk.indexOf(request.number);
  const [erased, closed] = [round.erased.get(index), round.closed.get(index)];
  if (erased !== undefined) return { kind: 'erased', contact: erased };
  if (closed !== undefined) return refusedAsHeld([CLOSED], closed);
  const known = people.get(index);
  const fault = known === undefined ? faultOfNew(request.number, round) : null;
  if (fault !== null) return refusedAsHeld([fault], null);
  const one = known ?? somebodyNew(desk, request);
  const applied = applyChanges(one.after, request.changes, rules, now);
  if (applied.kind === 'refused') return refusedAsHeld(applied.faults, one.id);
  one.after = applied.after;
  for (const field of applied.changed) one.changed.add(field);
  people.set(index, one);
  return { kind: 'saved', contact: one.id, created: known === undefined, changed: applied.changed };
}

const refusedAsHeld = (faults: FieldFault[], contact: string | null): Refused => ({
  kind: 'refused',
  faults,
  inItself: false,
  contact,
});

const CLOSED: FieldFault = {
  field: 'phone',
  message: 'What is known of the person cannot be opened with the keys of this process.',
};

/** What the numbering plan alone says against a number that nobody has yet; null: nothing. */
function faultOfNew(number: string, { accepted }: ProfileBatch): FieldFault | null {
  const phone = readNumber(number);
  const refused = phone.kind === 'phone' ? judgeNumber(phone, 'not-asked', accepted).refused : null;
  return refused === null ? null : { field: 'phone', message: NUMBER_REFUSALS[refused].join(' ') };
}

/** What an earlier try wrote of the same contact counts too. */
function withEarlier(now: SaveResult, earlier: SaveResult | undefined): SaveResult {
  if (now.kind !== 'saved' || earlier?.kind !== 'saved' || now.contact !== earlier.contact) return now;
  const changed = [...new Set([...earlier.changed, ...now.changed])];
  return { ...now, created: earlier.created || now.created, changed };
}
