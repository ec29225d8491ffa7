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

/** One contact as read: the document (null for a new one), the facts that decide, and the open keys. */
export type OpenContact = {
  id: string;
  index: string;
  bucket: string;
  number: string;
  stored: ContactDoc | null;
  /**
   * For a new contact: the former holder of the number, with their last opt-outs. Writing the new contact retires
   * this one.
   */
  former?: ContactDoc;
  /** When the former contact is the same person under lost keys: the person id that both share. */
  personId?: string;
  /** The content of the stored sealed part, as JSON. */
  plain: string | null;
  keys: OpenKeys;
  wrapped: ContactDoc['keys'];
  person: ConsentState;
};

type Sealed = { number: string; words: Record<string, string> };

const placeOf = (id: string): string => `contacts:${id}:sealed`;

/** A new contact. Only suppressions may exist from an earlier holder. */
export function newHolder(ring: KeyRing, number: string, index: string, rows: SuppressionDoc[]): OpenContact {
  const id = `c_${randomSlice(12).toString('base64url')}`;
  const { wrapped, open } = newHolderKeys(ring, id);
  const person = { ...emptyConsentState(), suppressions: rows.map(withoutIndex) };
  const bucket = bucketOf(index);
  return { id, index, bucket, number, stored: null, plain: null, keys: open, wrapped, person };
}

/**
 * A new contact for the same person, because the keys of the former one are lost: both contacts are one person from
 * now on. Refusals and a failed age gate stay. Consent that nobody can prove any more does not stay; the new ledger
 * begins with that.
 */
export function succeeding(fresh: OpenContact, former: ContactDoc, before: ConsentState): OpenContact {
  const { menuTopics: _, ...kept } = before;
  const subscriptions = before.subscriptions.flatMap((subscription) => tooYoungOnly(subscription) ?? []);
  const seq = endedByLostKey(former.subscriptions, before.suppressions).length;
  const person = { ...kept, subscriptions, prompts: [], menuSeq: null, seq };
  const { personId = personIdOf([former._id, fresh.id]) } = former;
  // The number's suppressions and the pause move to the new contact, which may lift them.
  return { ...fresh, former: { ...former, personId, lastWord: [], pausedUntil: null }, personId, person };
}

/** For the same person under new keys, the place from the former contact: quiet hours depend on it. */
export function placeKept({ personId, former }: OpenContact): Pick<ContactDoc, 'profile' | 'profileRev'> {
  if (personId === undefined || former?.profile === undefined) return {};
  const { place, zoneSure } = former.profile;
  const { profileRev } = former;
  return {
    profile: { ...EMPTY_PROFILE, place, zoneSure },
    ...(profileRev === undefined ? {} : { profileRev }),
  };
}

/** What remains of a subscription without its consent; null when the person failed no age gate. */
function tooYoungOnly({ program, since, tooYoungAt, tooYoungToldAt }: Subscription): Subscription | null {
  if (tooYoungAt === undefined) return null;
  const refused = { program, state: 'refused' as const, since, topics: [], purposes: [], basis: null };
  return { ...refused, tooYoungAt, ...(tooYoungToldAt === undefined ? {} : { tooYoungToldAt }) };
}

/** Throws `KeyMissing` or `SealBroken` when the document cannot be opened. */
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

/** Only the number. Throws when the contact was erased, and as `openHolder` does. */
export function numberOf(ring: KeyRing, stored: ContactDoc): string {
  const plain = openSealed(stored, openHolderKey(ring, stored._id, stored.keys, 'profile'));
  return (JSON.parse(plain) as Sealed).number;
}

/**
 * Returns the result of `open`; null when the keys of this process cannot open it. For lists: one closed document
 * is no reason to show none.
 */
export function unlessClosed<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (isClosed(error)) return null;
    throw error;
  }
}

/**
 * The facts that decide about the holder of a document. `words`: the words with which they agreed, by program, when
 * needed.
 */
export function personOf(
  stored: ContactDoc,
  words: Record<string, string>,
  rows: SuppressionDoc[],
): ConsentState {
  const person: ConsentState = {
    language: stored.language,
    subscriptions: stored.subscriptions.map((subscription) => withWords(subscription, words)),
    prompts: stored.prompts.map((prompt) => promptWithWord(prompt, words)),
    promptsSent: stored.promptsSent,
    suppressions: rows.map(withoutIndex),
    pausedUntil: stored.pausedUntil,
    lastOptOutAt: stored.lastOptOutAt,
    unknownAnsweredAt: stored.unknownAnsweredAt,
    menuSeq: stored.menuSeq,
    seq: stored.head.seq,
  };
  tellSeldom(person, stored);
  // Callers that decide about marketing read them first: `readJoined`.
  if (stored.personId !== undefined) person.others = null;
  return person;
}

function openSealed(stored: ContactDoc, key: Buffer): string {
  if (stored.sealed === null) throw new Error('the number of an erased contact is asked for');
  return unseal(key, placeOf(stored._id), stored.sealed).toString('utf8');
}

function withWords(stored: StoredSubscription, words: Record<string, string>): Subscription {
  const subscription = { ...stored } as Subscription;
  if (stored.basis === null) return subscription;
  const { at, channel, disclosure, seq } = stored.basis;
  subscription.basis = { at, channel, words: words[stored.program] ?? '', disclosure, seq };
  return subscription;
}

/** The name under which the sealed part keeps the answer to a prompt. */
const nameOf = ({ id }: Pick<Prompt, 'id'>): string => `prompt ${id}`;

function promptWithWord(stored: StoredPrompt, words: Record<string, string>): Prompt {
  const typed = words[nameOf(stored)];
  return typed === undefined ? stored : { ...stored, words: typed };
}

function withoutIndex({ index: _, ...row }: SuppressionDoc): ConsentState['suppressions'][number] {
  return row;
}

/** The fields of a contact's document after an act. */
export function fieldsOf(
  holder: OpenContact,
  person: ConsentState,
  about: Pick<ContactDoc, 'rev' | 'head' | 'createdAt' | 'source'>,
): ContactDoc {
  const { stored } = holder;
  const open = person.prompts.filter((prompt) => prompt.state === 'open');
  const expiries = open.map((prompt) => prompt.expiresAt.getTime());
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
    // Reuses the stored list itself when nothing in it changed: it is then not written again.
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

/** Copies fields that few people have. Objects with optional fields are slow to build in one literal. */
function tellSeldom(to: Seldom, from: Readonly<Seldom>): void {
  if (from.pausedAt !== undefined) to.pausedAt = from.pausedAt;
  if (from.unblockedAt !== undefined) to.unblockedAt = from.unblockedAt;
  if (from.wrongNumberAt !== undefined) to.wrongNumberAt = from.wrongNumberAt;
  if (from.menuTopics !== undefined) to.menuTopics = from.menuTopics;
}

type Seldom = Pick<ConsentState, 'pausedAt' | 'unblockedAt' | 'wrongNumberAt' | 'menuTopics'>;

/** The person's own words in the sealed part. */
function wordsOf({ subscriptions }: ConsentState, open: readonly Prompt[]): Sealed['words'] {
  const words: Sealed['words'] = {};
  for (const { program, basis } of subscriptions) if (basis !== null) words[program] = basis.words;
  for (const prompt of open) if (prompt.words !== undefined) words[nameOf(prompt)] = prompt.words;
  return words;
}

function storedSubscription(subscription: Subscription): StoredSubscription {
  if (subscription.basis === null) return { ...subscription, basis: null };
  const { words: _, ...basis } = subscription.basis;
  return { ...subscription, basis };
}

function storedPrompt({ words: _, ...rest }: Prompt): StoredPrompt {
  return rest;
}

/** Reuses the stored box when its content is unchanged: sealing costs more than the rest of the document. */
function sealedAs({ id, stored, plain: before, keys }: OpenContact, plain: string): Buffer {
  const standing = plain === before ? stored?.sealed : null;
  return standing ?? seal(keys.profile, placeOf(id), plain);
}

/** Suppressions of the second state that differ from those of the first. */
export function changedRows(before: ConsentState, after: ConsentState): ConsentState['suppressions'] {
  return after.suppressions.filter((row) => !before.suppressions.includes(row));
}
