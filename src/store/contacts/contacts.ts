import type { ClientSession } from 'mongodb';
import type { Prompt, PromptSent, Subscription } from '../../domain/consent/consent-state.ts';
import type { Scope, Suppression } from '../../domain/consent/suppression.ts';
import type { FieldValue, Profile } from '../../domain/contacts/profile.ts';
import type { NumberFacts, ReassignedFact } from '../../domain/hygiene/number-verification.ts';
import type { OpenItem } from '../../domain/inbox.ts';
import type { Language } from '../../domain/program.ts';
import { type Database, defineCollection } from '../collection.ts';
import type { HolderKeys } from '../sealing/keys.ts';

/** A stored subscription. The person's own words are in the sealed part. */
export type StoredSubscription = Omit<Subscription, 'basis'> & {
  basis: (Omit<NonNullable<Subscription['basis']>, 'words'> & { words?: never }) | null;
};

/** A stored prompt. The word that answered it is in the sealed part. */
export type StoredPrompt = Omit<Prompt, 'words'> & { words?: never };

/** One holder of one number. The number never changes; a new number is a new contact. */
export type ContactDoc = {
  _id: string;
  /** Blind index of the number, newest version. */
  index: string;
  bucket: string;
  /** False once the number has a newer holder. */
  current: boolean;
  keys: HolderKeys;
  /**
   * Sealed under the profile key: `{number, words: {program: confirming words}}`, and under `prompt <id>` the words
   * of prompts that await a birth date.
   */
  sealed: Buffer | null;
  /** Shared by all numbers of one person; absent when the contact was never merged. */
  personId?: string;
  /**
   * Incremented by every write that a decision about consent depends on. Every such write names the revision that
   * it read.
   */
  rev: number;
  /** Last entry of the ledger chain. */
  head: { seq: number; hash: string };
  /**
   * Area code of a +1 number, in the clear for segments: like the place, it tells a region. Deleted when the person
   * is erased.
   */
  areaCode: string | null;
  language: Language | null;
  subscriptions: StoredSubscription[];
  prompts: StoredPrompt[];
  promptsSent: PromptSent[];
  /**
   * Earliest expiry of an open prompt. Without an open prompt it may be that of an answered one, until that time is
   * over.
   */
  promptExpiresAt?: Date;
  pausedUntil: Date | null;
  /** When the person last texted PAUSE or RESUME; absent when never. */
  pausedAt?: Date;
  lastOptOutAt: Date | null;
  unknownAnsweredAt: Date | null;
  /** When the person last texted START or a similar word to a number whose opt-outs the carrier handles, by scope. */
  unblockedAt?: Partial<Record<Scope, Date>>;
  /** When the holder said that they are not the person we mean: the number may have a new holder. */
  wrongNumberAt?: Date | null;
  /**
   * The former holder of the number, replaced when this one asked to join. Absent when nobody had the number, or
   * nothing of theirs was under way.
   */
  follows?: string;
  /** For a former holder who opted out: the suppressions in force when the number left them. */
  lastWord?: Suppression[];
  menuSeq: number | null;
  menuTopics?: string[];
  /** What segments ask about the person; absent when nothing was ever stored. */
  profile?: StoredProfile;
  /** Names, sealed under the profile key. */
  profileSealed?: Buffer | null;
  /** Incremented by every profile write except of days. Separate from `rev`, which guards consent. */
  profileRev?: number;
  /** When the person last texted us, not counting opt-outs. */
  repliedAt?: Date;
  /** The person's open inbox item. */
  inboxItem?: OpenItem;
  /** What the carrier's Lookup said of the number. */
  verified?: Verified;
  /** The carrier's last answer about a new holder. */
  holderCheck?: ReassignedFact;
  /**
   * Campaign messages that the carrier accepted and that are not known to have failed: the newest 20, newest first.
   * After them as many that the carrier may have accepted.
   */
  sends?: Send[];
  /** The newest day on which the carriers listed the number as disconnected; absent when never. */
  deactivatedAt?: Date;
  createdAt: Date;
  /** The first source of the number: "text", "form shop.example/join", "key 1f…". */
  source: string;
  /** By what the contact is compared to find the person's other numbers. */
  likeness?: StoredLikeness;
};

/** `clicked`: the person opened one of its short links. `unknown`: nobody knows whether it was sent. */
export type Send = { campaign: string; at: Date; delivered: boolean; clicked?: true; unknown?: true };

export const contacts = defineCollection<ContactDoc>()('contacts', {
  holder: { key: { index: 1 }, unique: true, partialFilterExpression: { current: true } },
  'former-holders': { key: { index: 1, createdAt: -1 }, partialFilterExpression: { current: false } },
  'expired-prompts': {
    key: { promptExpiresAt: 1, _id: 1 },
    partialFilterExpression: { promptExpiresAt: { $exists: true } },
  },
  'by-stage': {
    key: { 'profile.stage.name': 1, 'profile.stage.since': 1 },
    partialFilterExpression: { 'profile.stage.since': { $exists: true } },
  },
  'of-person': { key: { personId: 1 }, sparse: true },
  'by-likeness': { key: { 'likeness.keys': 1 }, sparse: true },
  // For previews of segments. Sparse and over profiles alone: a person who only ever texted has no key in them, and
  // no act of consent touches one, so an inbound text costs them nothing. (`test/store/audience-plans.test.ts`)
  'by-state': { key: { 'profile.place.state': 1, 'profile.birthDate': 1 }, sparse: true },
  'by-zip': { key: { 'profile.place.zip': 1, 'profile.birthDate': 1 }, sparse: true },
  'by-list': { key: { 'profile.lists': 1 }, sparse: true },
  'by-fading': { key: { 'profile.fadesAt': 1 }, sparse: true },
});

export async function findHolders(database: Database, indexes: string[]): Promise<ContactDoc[]> {
  return contacts(database)
    .find({ index: { $in: indexes }, current: true })
    .toArray();
}

/** Those of some blind indexes that somebody holds. */
export async function heldIndexes(database: Database, indexes: string[]): Promise<Set<string>> {
  const held = contacts(database)
    .find({ index: { $in: indexes }, current: true })
    .project<{ index: string }>({ _id: 0, index: 1 });
  return new Set((await held.toArray()).map(({ index }) => index));
}

export async function findContact(database: Database, id: string): Promise<ContactDoc | null> {
  return contacts(database).findOne({ _id: id });
}

export async function findContacts(
  database: Database,
  ids: string[],
  session?: ClientSession,
): Promise<ContactDoc[]> {
  return contacts(database)
    .find({ _id: { $in: ids } }, session ? { session } : {})
    .toArray();
}

/** All numbers of some people. */
export async function findNumbers(
  database: Database,
  people: readonly string[],
  session?: ClientSession,
): Promise<ContactDoc[]> {
  return contacts(database)
    .find({ personId: { $in: [...people] } }, session ? { session } : {})
    .toArray();
}

/**
 * Makes contacts one person, or separate again when `person` is null. Increments `rev`, so that acts of consent
 * under way are decided again.
 */
export async function setPerson(
  database: Database,
  contactIds: readonly string[],
  person: string | null,
  session: ClientSession,
): Promise<void> {
  const change = person === null ? { $unset: { personId: '' as const } } : { $set: { personId: person } };
  const filter = { _id: { $in: [...contactIds] } };
  await contacts(database).updateMany(filter, { ...change, $inc: { rev: 1 } }, { session });
}

/** Contacts in the order of their ids, erased ones included. */
export async function pageContacts(
  database: Database,
  after: string | null,
  limit: number,
): Promise<ContactDoc[]> {
  const filter = after === null ? {} : { _id: { $gt: after } };
  return contacts(database).find(filter).sort({ _id: 1 }).limit(limit).toArray();
}

/** Notes that the carriers listed some numbers as disconnected, also when nobody's consent was open. */
export async function noteDeactivated(
  database: Database,
  indexes: readonly string[],
  day: Date,
): Promise<void> {
  await contacts(database).updateMany(
    {
      index: { $in: [...indexes] },
      current: true,
      sealed: { $ne: null },
      $nor: [{ deactivatedAt: { $gte: day } }],
    },
    { $set: { deactivatedAt: day }, $inc: { rev: 1 } },
  );
}

/** Ids of contacts that had the number before its current holder, newest first. */
export async function findFormer(database: Database, index: string, limit: number): Promise<string[]> {
  const found = contacts(database).find({ index, current: false }, { projection: { _id: 1 } });
  const former = await found.sort({ createdAt: -1 }).limit(limit).toArray();
  return former.map(({ _id }) => _id);
}

/** By what contacts are compared, derived from their profile: keyed hashes of values that contacts may share. */
type StoredLikeness = {
  keys?: string[];
  /** The profile's revision at the last comparison; absent before the first. */
  rev?: number;
  /** Version of the rules and fields that the keys were derived by. */
  version?: string;
};

export const BY_LIKENESS = 'by-likeness';

/** What is known about a contact's number, stored with the contact for segments, reports and support. */
export type Verified = NumberFacts & {
  /** The verification run that asked last; null when an entry point did. */
  run: string | null;
};

/** A stored value: for a sealed own field, the box. */
export type StoredValue = FieldValue | Buffer;
export type StoredProfile = Omit<Profile, 'fields'> & { fields: Record<string, StoredValue> };

/** Longest that the query may take in the database, ms. */
export const SUBSCRIBERS_MS = 10_000;

/**
 * Whether anybody is subscribed to a program now. Uses no index, because a change of the program is rare. Rejects
 * when the query takes longer than `SUBSCRIBERS_MS`: when nobody is subscribed, it reads every contact.
 */
export async function hasSubscribers(database: Database, program: string): Promise<boolean> {
  const subscription = { program, state: 'subscribed' as const };
  const found = await contacts(database).findOne(
    { current: true, subscriptions: { $elemMatch: subscription } },
    { projection: { _id: 1 }, maxTimeMS: SUBSCRIBERS_MS },
  );
  return found !== null;
}

/**
 * How many people are subscribed to each program now. Reads every contact. Rejects when the query takes longer than
 * `mostMs`.
 */
export async function countSubscribers(database: Database, mostMs: number): Promise<Map<string, number>> {
  const counts = await contacts(database)
    .aggregate<{ _id: string; people: number }>(
      [
        { $match: { current: true, 'subscriptions.state': 'subscribed' } },
        { $project: { _id: 0, 'subscriptions.program': 1, 'subscriptions.state': 1 } },
        { $unwind: '$subscriptions' },
        { $match: { 'subscriptions.state': 'subscribed' } },
        { $group: { _id: '$subscriptions.program', people: { $sum: 1 } } },
      ],
      { maxTimeMS: mostMs },
    )
    .toArray();
  return new Map(counts.map(({ _id, people }) => [_id, people]));
}
