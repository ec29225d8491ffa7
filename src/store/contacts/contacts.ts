import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import type { Prompt, PromptSent, Subscription } from '../../domain/consent/consent-state.ts';
import type { Scope, Suppression } from '../../domain/consent/suppression.ts';
import type { FieldValue, Profile } from '../../domain/contacts/profile.ts';
import type { NumberFacts, ReassignedFact } from '../../domain/hygiene/number-verification.ts';
import type { OpenItem } from '../../domain/inbox.ts';
import type { Language } from '../../domain/program.ts';
import type { HolderKeys } from '../sealing/keys.ts';
import type { Store } from '../store.ts';

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

export const contactSchema = new Schema(
  {
    _id: String,
    index: { type: String, required: true },
    bucket: { type: String, required: true },
    current: { type: Boolean, required: true },
    keys: { type: Schema.Types.Mixed, required: true },
    sealed: Buffer,
    personId: String,
    rev: { type: Number, required: true },
    head: { seq: Number, hash: String },
    areaCode: String,
    language: String,
    subscriptions: [Schema.Types.Mixed],
    prompts: [Schema.Types.Mixed],
    promptsSent: [Schema.Types.Mixed],
    promptExpiresAt: Date,
    pausedUntil: Date,
    pausedAt: Date,
    lastOptOutAt: Date,
    unknownAnsweredAt: Date,
    unblockedAt: Schema.Types.Mixed,
    wrongNumberAt: Date,
    follows: String,
    lastWord: { type: [Schema.Types.Mixed], default: undefined },
    menuSeq: Number,
    menuTopics: { type: [String], default: undefined },
    profile: Schema.Types.Mixed,
    profileSealed: Buffer,
    profileRev: Number,
    repliedAt: Date,
    inboxItem: Schema.Types.Mixed,
    verified: Schema.Types.Mixed,
    holderCheck: Schema.Types.Mixed,
    sends: { type: [Schema.Types.Mixed], default: undefined },
    deactivatedAt: Date,
    createdAt: Date,
    source: { type: String, required: true },
    likeness: Schema.Types.Mixed,
  },
  { collection: 'contacts', strict: 'throw', versionKey: false, autoIndex: false },
);
contactSchema.index(
  { index: 1 },
  { unique: true, partialFilterExpression: { current: true }, name: 'holder' },
);
contactSchema.index(
  { index: 1, createdAt: -1 },
  { partialFilterExpression: { current: false }, name: 'former-holders' },
);
contactSchema.index(
  { promptExpiresAt: 1, _id: 1 },
  { partialFilterExpression: { promptExpiresAt: { $exists: true } }, name: 'expired-prompts' },
);
contactSchema.index(
  { 'profile.stage.name': 1, 'profile.stage.since': 1 },
  { partialFilterExpression: { 'profile.stage.since': { $exists: true } }, name: 'by-stage' },
);
contactSchema.index({ personId: 1 }, { sparse: true, name: 'of-person' });
contactSchema.index({ 'likeness.keys': 1 }, { sparse: true, name: 'by-likeness' });

// For previews of segments. Sparse and over profiles alone: a person who only ever texted has no key in them, and
// no act of consent touches one, so an inbound text costs them nothing. (`test/store/audience-plans.test.ts`)
contactSchema.index({ 'profile.place.state': 1, 'profile.birthDate': 1 }, { sparse: true, name: 'by-state' });
contactSchema.index({ 'profile.place.zip': 1, 'profile.birthDate': 1 }, { sparse: true, name: 'by-zip' });
contactSchema.index({ 'profile.lists': 1 }, { sparse: true, name: 'by-list' });
contactSchema.index({ 'profile.fadesAt': 1 }, { sparse: true, name: 'by-fading' });

export async function findHolders(store: Store, indexes: string[]): Promise<ContactDoc[]> {
  return store.contacts.find({ index: { $in: indexes }, current: true }).toArray();
}

/** Those of some blind indexes that somebody holds. */
export async function heldIndexes(store: Store, indexes: string[]): Promise<Set<string>> {
  const held = store.contacts
    .find({ index: { $in: indexes }, current: true })
    .project<{ index: string }>({ _id: 0, index: 1 });
  return new Set((await held.toArray()).map(({ index }) => index));
}

export async function findContact(store: Store, id: string): Promise<ContactDoc | null> {
  return store.contacts.findOne({ _id: id });
}

export async function findContacts(
  store: Store,
  ids: string[],
  session?: ClientSession,
): Promise<ContactDoc[]> {
  return store.contacts.find({ _id: { $in: ids } }, session ? { session } : {}).toArray();
}

/** All numbers of some people. */
export async function findNumbers(
  store: Store,
  people: readonly string[],
  session?: ClientSession,
): Promise<ContactDoc[]> {
  return store.contacts.find({ personId: { $in: [...people] } }, session ? { session } : {}).toArray();
}

/**
 * Makes contacts one person, or separate again when `person` is null. Increments `rev`, so that acts of consent
 * under way are decided again.
 */
export async function setPerson(
  store: Store,
  contacts: readonly string[],
  person: string | null,
  session: ClientSession,
): Promise<void> {
  const change = person === null ? { $unset: { personId: '' as const } } : { $set: { personId: person } };
  const filter = { _id: { $in: [...contacts] } };
  await store.contacts.updateMany(filter, { ...change, $inc: { rev: 1 } }, { session });
}

/** Contacts in the order of their ids, erased ones included. */
export async function pageContacts(store: Store, after: string | null, limit: number): Promise<ContactDoc[]> {
  const filter = after === null ? {} : { _id: { $gt: after } };
  return store.contacts.find(filter).sort({ _id: 1 }).limit(limit).toArray();
}

/** Notes that the carriers listed some numbers as disconnected, also when nobody's consent was open. */
export async function noteDeactivated(store: Store, indexes: readonly string[], day: Date): Promise<void> {
  await store.contacts.updateMany(
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
export async function findFormer(store: Store, index: string, limit: number): Promise<string[]> {
  const found = store.contacts.find({ index, current: false }, { projection: { _id: 1 } });
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
export async function hasSubscribers(store: Store, program: string): Promise<boolean> {
  const one = { program, state: 'subscribed' as const };
  const found = await store.contacts.findOne(
    { current: true, subscriptions: { $elemMatch: one } },
    { projection: { _id: 1 }, maxTimeMS: SUBSCRIBERS_MS },
  );
  return found !== null;
}
