import { endedByLostKey } from '../../domain/consent/consent-end.ts';
import {
  type ConsentState,
  emptyConsentState,
  type Prompt,
  type Subscription,
} from '../../domain/consent/consent-state.ts';
import { personIdOf } from '../../domain/contacts/person.ts';
import { EMPTY_PROFILE } from '../../domain/contacts/profile.ts';
import { areaCodeOf } from '../../domain/hours/zone-tables.ts';
import type { SuppressionDoc } from '../consent/suppressions.ts';
import {
  bucketOf,
  isClosed,
  type KeyRing,
  newHolderKeys,
  type OpenKeys,
  openHolderKey,
} from '../sealing/keys.ts';
import { randomSlice, seal, unseal } from '../sealing/sealing.ts';
import type { ContactDoc, StoredPrompt, StoredSubscription } from './contacts.ts';

/** One holder as read: the document (null for someone new), what decides, and the keys to write with. */
export type OpenContact = {
  id: string;
  index: string;
  bucket: string;
  number: string;
  stored: ContactDoc | null;
  /** Of somebody new: the contact who had the number until now, with their last word, and is former with what they write. */
  former?: ContactDoc;
  /** Of the same person under new keys: what they and `former` are one as. */
  personId?: string;
  /** What the stored sealed part says, as JSON. */
  plain: string | null;
  keys: OpenKeys;
  wrapped: ContactDoc['keys'];
  person: ConsentState;
};

type Sealed = { number: string; words: Record<string, string> };

const placeOf = (id: string): string => `contacts:${id}:sealed`;

/** A holder nobody has seen before, but for suppressions that outlived an earlier one. */
export function newHolder(ring: KeyRing, number: string, index: string, rows: SuppressionDoc[]): OpenContact {
  const id = `c_${randomSlice(12).toString('base64url')}`;
  const { wrapped, open } = newHolderKeys(ring, id);
  const person = { ...emptyConsentState(), suppressions: rows.map(withoutIndex) };
  const bucket = bucketOf(index);
  return { id, index, bucket, number, stored: null, plain: null, keys: open, wrapped, person };
}

/**
 * The same person in a contact of new keys, since those that sealed theirs are lost: both contacts are one person from now on. What
 * they refused and an age gate that they failed stay theirs; consent that nobody can prove any more does not, which is where
 * their new ledger begins.
 */
export function succeeding(fresh: OpenContact, former: ContactDoc, before: ConsentState): OpenContact {
  const { menuTopics: _, ...kept } = before;
  const subscriptions = before.subscriptions.flatMap((one) => tooYoungOnly(one) ?? []);
  const seq = endedByLostKey(former.subscriptions, before.suppressions).length;
  const person = { ...kept, subscriptions, prompts: [], menuSeq: null, seq };
  const { personId = personIdOf([former._id, fresh.id]) } = former;
  // Rows of the number and a pause are those of the new contact, which may lift them.
  return { ...fresh, former: { ...former, personId, lastWord: [], pausedUntil: null }, personId, person };
}

/** Where the same person under new keys is, as it was told of the contact before: at what hours they are texted rests on it. */
export function placeKept({ personId, former }: OpenContact): Pick<ContactDoc, 'profile' | 'profileRev'> {
  if (personId === undefined || former?.profile === undefined) return {};
  const { place, zoneSure } = former.profile;
  const { profileRev } = former;
  return {
    profile: { ...EMPTY_PROFILE, place, zoneSure },
    ...(profileRev === undefined ? {} : { profileRev }),
  };
}

/** What is left of a subscription without its consent; null where they failed no age gate. */
function tooYoungOnly({ program, since, tooYoungAt, tooYoungToldAt }: Subscription): Subscription | null {
  if (tooYoungAt === undefined) return null;
  const refused = { program, state: 'refused' as const, since, topics: [], purposes: [], basis: null };
  return { ...refused, tooYoungAt, ...(tooYoungToldAt === undefined ? {} : { tooYoungToldAt }) };
}

/** Throws `KeyMissing` or `SealBroken` where the document cannot be opened. */
export function openHolder(ring: KeyRing, stored: ContactDoc, rows: SuppressionDoc[]): OpenContact {
  const keys = {
    profile: openHolderKey(ring, stored._id, stored.keys, 'profile'),
    evidence: openHolderKey(ring, stored._id, stored.keys, 'evidence'),
  };
  const plain = openSealed(stored, keys.profile);
  const { number, words } = JSON.parse(plain) as Sealed;
  const person = personOf(stored, words, rows);
  const { _id: id, index, bucket } = stored;
  return { id, index, bucket, number, stored, plain, keys, wrapped: stored.keys, person };
}

/** The number alone. Throws where the contact was erased, and as `openHolder` does. */
export function numberOf(ring: KeyRing, stored: ContactDoc): string {
  const plain = openSealed(stored, openHolderKey(ring, stored._id, stored.keys, 'profile'));
  return (JSON.parse(plain) as Sealed).number;
}

/** What `open` gives; null where the keys of this process cannot open it. For lists: one row is no reason to show none. */
export function unlessClosed<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (isClosed(error)) return null;
    throw error;
  }
}

/** What decides about the holder of a document. `words`: those they agreed with, by program, where they are needed. */
export function personOf(
  stored: ContactDoc,
  words: Record<string, string>,
  rows: SuppressionDoc[],
): ConsentState {
  const person: ConsentState = {
    language: stored.language,
    subscriptions: stored.subscriptions.map((one) => withWords(one, words)),
    prompts: stored.prompts.map((one) => promptWithWord(one, words)),
    promptsSent: stored.promptsSent,
    suppressions: rows.map(withoutIndex),
    pausedUntil: stored.pausedUntil,
    lastOptOutAt: stored.lastOptOutAt,
    unknownAnsweredAt: stored.unknownAnsweredAt,
    menuSeq: stored.menuSeq,
    seq: stored.head.seq,
  };
  tellSeldom(person, stored);
  // Whoever asks about marketing reads them first: `readJoined`.
  if (stored.personId !== undefined) person.others = null;
  return person;
}

function openSealed(stored: ContactDoc, key: Buffer): string {
  if (stored.sealed === null) throw new Error('the number of an erased contact is asked for');
  return unseal(key, placeOf(stored._id), stored.sealed).toString('utf8');
}

function withWords(stored: StoredSubscription, words: Record<string, string>): Subscription {
  const one = { ...stored } as Subscription;
  if (stored.basis === null) return one;
  const { at, channel, disclosure, seq } = stored.basis;
  one.basis = { at, channel, words: words[stored.program] ?? '', disclosure, seq };
  return one;
}

/** Under what name the sealed part has the word that a question was answered with. */
const nameOf = ({ id }: Pick<Prompt, 'id'>): string => `prompt ${id}`;

function promptWithWord(stored: StoredPrompt, words: Record<string, string>): Prompt {
  const typed = words[nameOf(stored)];
  return typed === undefined ? stored : { ...stored, words: typed };
}

function withoutIndex({ index: _, ...row }: SuppressionDoc): ConsentState['suppressions'][number] {
  return row;
}

/** The fields of a contact's document that hold the person after an act. */
export function fieldsOf(
  holder: OpenContact,
  person: ConsentState,
  about: Pick<ContactDoc, 'rev' | 'head' | 'createdAt' | 'source'>,
): ContactDoc {
  const { stored } = holder;
  const open = person.prompts.filter((one) => one.state === 'open');
  const expiries = open.map((one) => one.expiresAt.getTime());
  const plain = JSON.stringify({ number: holder.number, words: wordsOf(person, open) } satisfies Sealed);
  const fields: ContactDoc = {
    _id: holder.id,
    index: holder.index,
    bucket: holder.bucket,
    current: true,
    keys: holder.wrapped,
    sealed: sealedAs(holder, plain),
    areaCode: areaCodeOf(holder.number),
    language: person.language,
    // The stored list itself where nothing in it changed: it is then not written again.
    subscriptions:
      stored !== null && person.subscriptions === holder.person.subscriptions
        ? stored.subscriptions
        : person.subscriptions.map(storedSubscription),
    prompts:
      stored !== null && person.prompts === holder.person.prompts
        ? stored.prompts
        : person.prompts.map(storedPrompt),
    promptsSent: person.promptsSent,
    pausedUntil: person.pausedUntil,
    lastOptOutAt: person.lastOptOutAt,
    unknownAnsweredAt: person.unknownAnsweredAt,
    menuSeq: person.menuSeq,
    ...about,
  };
  if (expiries.length > 0) fields.promptExpiresAt = new Date(Math.min(...expiries));
  tellSeldom(fields, person);
  return fields;
}

/** What few people have: as fields that some objects have and others lack, they are slow to build in one. */
function tellSeldom(to: Seldom, from: Readonly<Seldom>): void {
  if (from.pausedAt !== undefined) to.pausedAt = from.pausedAt;
  if (from.unblockedAt !== undefined) to.unblockedAt = from.unblockedAt;
  if (from.wrongNumberAt !== undefined) to.wrongNumberAt = from.wrongNumberAt;
  if (from.menuTopics !== undefined) to.menuTopics = from.menuTopics;
}

type Seldom = Pick<ConsentState, 'pausedAt' | 'unblockedAt' | 'wrongNumberAt' | 'menuTopics'>;

/** What the sealed part has of the person's own words. */
function wordsOf({ subscriptions }: ConsentState, open: readonly Prompt[]): Sealed['words'] {
  const words: Sealed['words'] = {};
  for (const { program, basis } of subscriptions) if (basis !== null) words[program] = basis.words;
  for (const prompt of open) if (prompt.words !== undefined) words[nameOf(prompt)] = prompt.words;
  return words;
}

function storedSubscription(one: Subscription): StoredSubscription {
  if (one.basis === null) return { ...one, basis: null };
  const { words: _, ...basis } = one.basis;
  return { ...one, basis };
}

function storedPrompt({ words: _, ...rest }: Prompt): StoredPrompt {
  return rest;
}

/** The box that stands where it says the same already: a seal costs more than the rest of the document. */
function sealedAs({ id, stored, plain: before, keys }: OpenContact, plain: string): Buffer {
  const standing = plain === before ? stored?.sealed : null;
  return standing ?? seal(keys.profile, placeOf(id), plain);
}

/** Suppression rows of the second list that differ from the first's. */
export function changedRows(before: ConsentState, after: ConsentState): ConsentState['suppressions'] {
  return after.suppressions.filter((row) => !before.suppressions.includes(row));
}
