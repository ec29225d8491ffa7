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

/** A subscription as stored: the person's own words lie in the sealed part. */
export type StoredSubscription = Omit<Subscription, 'basis'> & {
  basis: (Omit<NonNullable<Subscription['basis']>, 'words'> & { words?: never }) | null;
};

/** A question as stored: the word it was answered with lies in the sealed part. */
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
  /** Sealed under the profile key: `{number, words: {program: confirming words}}`, and by `prompt <id>` those that a birth date is awaited for. */
  sealed: Buffer | null;
  /** Shared by the numbers of one person, once they were merged; absent where nobody merged it. */
  personId?: string;
  /** Raised by every write that a decision about consent rests on; every such write names the one it read. */
  rev: number;
  /** Last entry of the ledger chain. */
  head: { seq: number; hash: string };
  /** Of a +1 number, in the clear for segments: it tells a region, as the place does. Goes when the person is erased. */
  areaCode: string | null;
  language: Language | null;
  subscriptions: StoredSubscription[];
  prompts: StoredPrompt[];
  promptsSent: PromptSent[];
  /** Earliest expiry of an open prompt. Where none is open it may stand until it is over, of one that was answered. */
  promptExpiresAt?: Date;
  pausedUntil: Date | null;
  /** When they last texted PAUSE or RESUME; absent where they never did. */
  pausedAt?: Date;
  lastOptOutAt: Date | null;
  unknownAnsweredAt: Date | null;
  /** When they last texted START, or the like, to a number whose opt-outs the carrier handles, by scope. */
  unblockedAt?: Partial<Record<Scope, Date>>;
  /** When the holder said that they are not the person we mean: the number may have changed hands. */
  wrongNumberAt?: Date | null;
  /** Who had the number until this one asked to join from it; absent where nobody had, or nothing of theirs was under way any more. */
  follows?: string;
  /** Of a former holder who opted out: what of it stood as the number left them. */
  lastWord?: Suppression[];
  menuSeq: number | null;
  menuTopics?: string[];
  /** What segments ask about the person; absent where nothing was ever told. */
  profile?: StoredProfile;
  /** Names, sealed under the profile key. */
  profileSealed?: Buffer | null;
  /** Raised by every write of the profile but for its days, beside `rev`, which is consent's. */
  profileRev?: number;
  /** When they last texted us, an opt-out aside. */
  repliedAt?: Date;
  /** The item of the inbox that is open for them. */
  inboxItem?: OpenItem;
  /** What the carrier's Lookup said of the number. */
  verified?: Verified;
  /** What it said last of a new holder. */
  holderCheck?: ReassignedFact;
  /**
   * Messages of campaigns that the carrier took and that are not known to have failed: the newest 20, newest first. Behind
   * them, as many, those that it may have taken.
   */
  sends?: Send[];
  /** The newest day on which the carriers listed the number as disconnected; absent where they never did. */
  deactivatedAt?: Date;
  createdAt: Date;
  /** What brought the number first: "text", "form shop.example/join", "key 1f…". */
  source: string;
  /** What it is compared by to find the person's other numbers. */
  likeness?: StoredLikeness;
};

/** `clicked`: a person opened a short link of it. `unknown`: nobody knows whether it went. */
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

// For previews of segments. Sparse, and over profiles alone: who only ever texted has no key in them, and no act of
// consent touches one, so that an inbound text pays nothing for them. (`test/store/audience-plans.test.ts`)
contactSchema.index({ 'profile.place.state': 1, 'profile.birthDate': 1 }, { sparse: true, name: 'by-state' });
contactSchema.index({ 'profile.place.zip': 1, 'profile.birthDate': 1 }, { sparse: true, name: 'by-zip' });
contactSchema.index({ 'profile.lists': 1 }, { sparse: true, name: 'by-list' });
contactSchema.index({ 'profile.fadesAt': 1 }, { sparse: true, name: 'by-fading' });

export async function findHolders(store: Store, indexes: string[]): Promise<ContactDoc[]> {
  return store.contacts.find({ index: { $in: indexes }, current: true }).toArray();
}

/** Those of some indexes that somebody is held under. */
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
 * Makes contacts one person, or each its own again where `person` is null. Acts of consent that are under way are decided
 * again by it: `rev` goes up, and never back.
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

/** Contacts in the order of their ids. */
export async function pageContacts(store: Store, after: string | null, limit: number): Promise<ContactDoc[]> {
  const filter = after === null ? {} : { _id: { $gt: after } };
  return store.contacts.find(filter).sort({ _id: 1 }).limit(limit).toArray();
}

/** Notes that the carriers listed some numbers as disconnected, also where nobody's consent was open. */
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

/** Ids of contacts that had a number before its holder of now, the newest in front. */
export async function findFormer(store: Store, index: string, limit: number): Promise<string[]> {
  const found = store.contacts.find({ index, current: false }, { projection: { _id: 1 } });
  const former = await found.sort({ createdAt: -1 }).limit(limit).toArray();
  return former.map(({ _id }) => _id);
}

/** What contacts are compared by, as it was made from their profile: keyed hashes of values they may share. */
type StoredLikeness = {
  keys?: string[];
  /** Of the profile, once its pairs were looked for; absent before. */
  rev?: number;
  /** Rules and fields that it was made by. */
  version?: string;
};

export const BY_LIKENESS = 'by-likeness';

/** What is known of a contact's number, kept with it for segments, reports and support. */
export type Verified = NumberFacts & {
  /** The verification run that looked at it last; null where a door did. */
  run: string | null;
};

/** As it is stored: of an own field that is kept sealed, the box. */
export type StoredValue = FieldValue | Buffer;
export type StoredProfile = Omit<Profile, 'fields'> & { fields: Record<string, StoredValue> };

/** Longest time that the question may take in the database, ms. */
export const SUBSCRIBERS_MS = 10_000;

/**
 * Whether anybody is subscribed to a program now. By no index, for an act as rare as a change of the program. Rejects
 * where it takes longer than `SUBSCRIBERS_MS`: where nobody is, every contact is read.
 */
export async function hasSubscribers(store: Store, program: string): Promise<boolean> {
  const one = { program, state: 'subscribed' as const };
  const found = await store.contacts.findOne(
    { current: true, subscriptions: { $elemMatch: one } },
    { projection: { _id: 1 }, maxTimeMS: SUBSCRIBERS_MS },
  );
  return found !== null;
}
