import { hash } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import {
  blockingKeys,
  type Candidate,
  candidateAfter,
  compare,
  comparedName,
  type Likeness,
  mailboxOf,
  numberKey,
  type Traits,
} from '../domain/contacts/duplicates.ts';
import type { FieldDefinition, FieldValue } from '../domain/contacts/profile.ts';
import { readNumber } from '../domain/numbers.ts';
import { normalise } from '../domain/words/normalise.ts';
import {
  type CandidateChange,
  type CandidateDoc,
  type Comparable,
  candidateId,
  candidatesOf,
  comparablesById,
  comparablesByIndex,
  dropCandidatesBy,
  holdersOfKey,
  linkOf,
  markCompared,
  notYetCompared,
  uncompared,
  writeCandidates,
  writeKeys,
} from '../store/contacts/duplicates.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { openFields, openNames, readContactFields } from '../store/contacts/profiles.ts';
import { DUPLICATES_KNOWN } from '../store/reports/quality.ts';

/** A contact, and the traits by which it is compared. */
type Comparand = { contact: Comparable; traits: Traits };

/** Two contacts that may be one person, by their current profiles. */
type Alike = Pick<CandidateDoc, '_id' | 'contacts'> & { likeness: Likeness };

/** Keyed hashes, as for numbers: nobody can find a profile value in them. */
const hashed = ({ indexOf }: Pick<AppContext, 'indexOf'>, value: string): string =>
  indexOf(`likeness ${value}`);

/** Null when too little suggests that the two are one person, or when they are one person already. */
function pairLikeness(context: Pick<AppContext, 'indexOf'>, a: Comparand, b: Comparand): Alike | null {
  if (a.contact.personId !== undefined && a.contact.personId === b.contact.personId) return null;
  const likeness = compare(a.traits, b.traits);
  if (likeness === null) return null;
  const contacts = linkOf(a.contact._id, b.contact._id);
  const marks = likeness.marks.map((mark) => hashed(context, mark)).sort();
  return { _id: candidateId(contacts), contacts, likeness: { ...likeness, marks } };
}

/** The changes to the stored pairs after comparing these contacts. */
function changesOf(
  before: readonly CandidateDoc[],
  alike: ReadonlyMap<string, Alike>,
  now: Date,
): CandidateChange[] {
  const known = new Set(before.map(({ _id }) => _id));
  const again = before.map((candidate) => {
    const after = candidateAfter(candidate, alike.get(candidate._id)?.likeness ?? null, now);
    return { before: candidate, after: after as CandidateDoc | null };
  });
  const fresh = [...alike.values()].filter(({ _id }) => !known.has(_id));
  const added = fresh.map(({ likeness, ...pair }) => {
    const after = candidateAfter(null, likeness, now) as Candidate;
    return { before: null, after: { ...pair, ...after, decided: null } };
  });
  return [...again.filter((pair) => pair.before !== pair.after), ...added];
}

/** Change this value whenever the rules of the domain's `duplicates.ts` change: everybody is then compared anew. */
const RULES = 'likeness-3';

/** Contacts per batch. */
const SLICE = 100;

/** A value that more contacts share identifies nobody: a shop's address, a test name. */
const MOST_SHARING = 30;

type Scanned = { compared: number; candidates: number; unreadable: number };

/**
 * Compares every contact that changed since its last comparison with the contacts that share a value with it, and
 * stores the pairs that may be one person. Safe to run concurrently, twice, or only in part: a contact is marked as
 * compared after its pairs are stored.
 */
export async function scanDuplicates(
  context: AppContext,
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<Scanned> {
  const done: Scanned = { compared: 0, candidates: 0, unreadable: 0 };
  const fields = (await readContactFields(context.store)).filter(({ identifies }) => identifies !== null);
  const scan = {
    context,
    fields,
    version: versionOf(fields),
    now: context.now(),
    common: new Set<string>(),
    skipped: new Set<string>(),
  };
  for (let after: string | null = null; goOn() && done.compared < most; ) {
    const limit = Math.min(SLICE, most - done.compared);
    const people: Comparable[] = await uncompared(context.store, scan.version, { after, limit });
    await scanSlice(scan, people, done);
    after = people.at(-1)?._id ?? after;
    if (people.length === limit) continue;
    await noteFirstPass(context);
    break;
  }
  return done;
}

type Scan = {
  context: AppContext;
  fields: IdentifyingFields;
  version: string;
  now: Date;
  /**
   * Values that too many contacts share: those found in this batch, and those found in this run, which are not
   * searched again.
   */
  common: Set<string>;
  skipped: Set<string>;
};

const versionOf = (fields: IdentifyingFields): string => {
  const named = fields.map(({ name, identifies }) => `${name} ${identifies}`);
  return `${RULES}-${hash('sha256', named.join('\n'), 'base64url').slice(0, 12)}`;
};

/** Notes that everybody was compared once: before that the number of duplicates is unknown. */
async function noteFirstPass({ store, now }: Pick<AppContext, 'now' | 'store'>): Promise<void> {
  if ((await DUPLICATES_KNOWN.read(store)) !== null) return;
  await DUPLICATES_KNOWN.write(store, true, now());
}

async function scanSlice(scan: Scan, people: readonly Comparable[], done: Scanned): Promise<void> {
  const { context, version, now } = scan;
  const read = people.flatMap((person) => someoneOf(scan, person));
  const made = read.map(({ contact, traits }) => ({ contact: contact._id, keys: keysOf(context, traits) }));
  await writeKeys(context.store, made);
  const alike = new Map<string, Alike>();
  const known = new Map<string, Comparand | null>();
  const found = await Promise.all(read.map((someone) => sharing(scan, someone, known)));
  for (const [at, someone] of read.entries()) {
    for (const other of found[at] ?? []) {
      const pair = pairLikeness(context, someone, other);
      if (pair !== null) alike.set(pair._id, pair);
    }
  }
  await addKnownPairs(scan, read, { known, alike });
  done.candidates += await writePairs(scan, read, alike);
  for (const mark of scan.common) {
    done.candidates += await dropCandidatesBy(context.store, mark, now);
    scan.skipped.add(mark);
  }
  scan.common.clear();
  await markCompared(
    context.store,
    read.map(({ contact }) => contact),
    version,
  );
  done.compared += read.length;
  done.unreadable += people.length - read.length;
}

type Pairing = { known: Map<string, Comparand | null>; alike: Map<string, Alike> };

/**
 * Compares stored pairs that no key finds any more, because too many contacts share the key by now. A pair for
 * which only such shared values speak is not kept.
 */
async function addKnownPairs(
  scan: Scan,
  read: readonly Comparand[],
  { known, alike }: Pairing,
): Promise<void> {
  const own = new Map(read.map((someone) => [someone.contact._id, someone]));
  const before = await candidatesOf(scan.context.store, [...own.keys()]);
  const lost = before.filter(({ _id }) => !alike.has(_id));
  const unread = lost.flatMap(({ contacts }) => contacts).filter((id) => !own.has(id) && !known.has(id));
  for (const other of await comparablesById(scan.context.store, [...new Set(unread)])) {
    known.set(other._id, someoneOf(scan, other)[0] ?? null);
  }
  for (const { contacts } of lost) {
    const [first, other] = contacts.map((id) => own.get(id) ?? known.get(id) ?? null);
    if (first == null || other == null) continue;
    const pair = pairLikeness(scan.context, first, other);
    if (pair !== null && !pair.likeness.marks.every((mark) => isShared(scan, mark)))
      alike.set(pair._id, pair);
  }
}

/** How often the result is compared again with what people decided meanwhile. */
const TRIES = 5;

/**
 * Repeats until nothing is left to write: somebody may have dismissed a pair meanwhile without knowing the evidence
 * found now.
 */
async function writePairs(
  scan: Scan,
  read: readonly Comparand[],
  alike: ReadonlyMap<string, Alike>,
): Promise<number> {
  const contacts = read.map(({ contact }) => contact._id);
  let written = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const changes = changesOf(await pairsOf(scan, contacts, alike), alike, scan.now);
    if (changes.length === 0) return written;
    written += await writeCandidates(scan.context.store, changes);
  }
  throw new Error('pairs of duplicates changed again and again while a scan wrote them');
}

/**
 * Stored pairs of these contacts. Leaves out a pair that was not found again while the other contact still has keys
 * of former rules: comparing the other contact will decide about that pair.
 */
async function pairsOf(
  { context, version }: Scan,
  contacts: readonly string[],
  alike: ReadonlyMap<string, Alike>,
): Promise<CandidateDoc[]> {
  const before = await candidatesOf(context.store, contacts);
  const slice = new Set(contacts);
  const gone = before.filter(({ _id }) => !alike.has(_id)).flatMap((pair) => pair.contacts);
  const others = gone.filter((id) => !slice.has(id));
  const behind = await notYetCompared(context.store, version, others);
  return before.filter(
    (pair) => alike.has(pair._id) || !pair.contacts.some((contact) => behind.has(contact)),
  );
}

function someoneOf({ context, fields }: Scan, comparable: Comparable): Comparand[] {
  const traits = traitsOf(context, fields, comparable);
  return traits === null ? [] : [{ contact: comparable, traits }];
}

const keysOf = (context: Pick<AppContext, 'indexOf'>, traits: Traits): string[] =>
  [...new Set(blockingKeys(traits))].map((key) => hashed(context, key));

/** Contacts that share a key with this one, that give its number as their own, or whose number it gives. */
async function sharing(
  scan: Scan,
  { contact, traits }: Comparand,
  known: Map<string, Comparand | null>,
): Promise<Comparand[]> {
  const { context, fields } = scan;
  const asksNumbers = fields.some(({ identifies }) => identifies === 'phone');
  const own = [
    ...keysOf(context, traits),
    ...(asksNumbers ? [hashed(context, numberKey(contact.index))] : []),
  ];
  const keys = own.filter((key) => !scan.skipped.has(key));
  const blocks = await Promise.all(keys.map((key) => holdersOfKey(context.store, key, MOST_SHARING)));
  const few: Comparable[] = [];
  for (const [at, key] of keys.entries()) {
    const block = blocks[at] ?? [];
    if (block.length > MOST_SHARING) scan.common.add(key);
    else few.push(...block);
  }
  const given = traits.phones.filter((phone) => !isShared(scan, hashed(context, numberKey(phone))));
  const found = [...few, ...(await comparablesByIndex(context.store, given))];
  const others = new Map(found.filter(({ _id }) => _id !== contact._id).map((other) => [other._id, other]));
  return [...others.values()].flatMap((other) => {
    if (!known.has(other._id)) known.set(other._id, someoneOf(scan, other)[0] ?? null);
    return known.get(other._id) ?? [];
  });
}

const isShared = ({ common, skipped }: Scan, key: string): boolean => common.has(key) || skipped.has(key);

/** Own fields that identify a person. */
type IdentifyingFields = readonly FieldDefinition[];

/** The traits of a contact; null when the keys of this process cannot open it. */
function traitsOf(
  context: Pick<AppContext, 'indexOf' | 'ring'>,
  fields: IdentifyingFields,
  comparable: Comparable,
): Traits | null {
  const open = unlessClosed(() => ({
    names: openNames(context.ring, comparable),
    told: openFields(context.ring, comparable, comparable.profile?.fields ?? {}),
  }));
  if (open === null) return null;
  const { names, told } = open;
  const values = (kind: FieldDefinition['identifies']) =>
    fields
      .filter(({ identifies }) => identifies === kind)
      .flatMap(({ name }) => namedValue(name, told[name]));
  return {
    index: comparable.index,
    name: comparedName(names.first_name, names.last_name),
    birthDate: comparable.profile?.birthDate ?? null,
    zip: comparable.profile?.place?.zip ?? null,
    mailboxes: values('mailbox').flatMap(({ value }) => mailboxOf(value) ?? []),
    ids: values('person').map(({ name, value }) => `${name} ${normalise(value)}`),
    phones: values('phone').flatMap(({ value }) => numberTold(value).map(context.indexOf)),
  };
}

const namedValue = (name: string, value: FieldValue | undefined): { name: string; value: string }[] =>
  typeof value === 'string' || typeof value === 'number' ? [{ name, value: String(value) }] : [];

/**
 * The number, E.164, in the value of a field that identifies a phone, if it is one. A number without "+" has an
 * unknown country, except ten digits, which are read as North American.
 */
export function numberTold(text: string): string[] {
  const reading = readNumber(text, 'US');
  return reading.kind === 'phone' ? [reading.e164] : [];
}
