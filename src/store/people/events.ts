import { Schema } from 'mongoose';
import { EMPTY_PROFILE, type Profile } from '../../domain/audience/profile.ts';
import { isDuplicateKey } from '../database-failure.ts';
import type { Store } from '../store.ts';
import { inTransaction } from '../transaction.ts';
import { RAISED_ALIKE } from './likeness.ts';

/** One thing a person did, once. */
export type EventDoc = {
  /** Random, or the keyed hash of the id its source gave. */
  _id: string;
  contact: string;
  type: string;
  at: Date;
  amount: number | null;
  receivedAt: Date;
  /** Absent where no code was told with it. */
  coupon?: Redeemed;
};

/** A code that was told with an event, and whose it is. */
export type Redeemed = {
  /** "<pool>/<code>" */
  code: string;
  delivery: string;
  /** Absent where the delivery belongs to none, or its row is gone. */
  campaign?: string;
};

export const eventSchema = new Schema(
  {
    _id: String,
    contact: { type: String, required: true },
    type: { type: String, required: true },
    at: { type: Date, required: true },
    amount: Number,
    receivedAt: { type: Date, required: true },
    coupon: {
      type: new Schema({ code: String, delivery: String, campaign: String }, { _id: false, strict: 'throw' }),
      default: undefined,
    },
  },
  { collection: 'events', strict: 'throw', versionKey: false, autoIndex: false },
);
eventSchema.index({ contact: 1, at: 1 }, { name: 'of-a-contact' });
// What journeys are begun by: the newest of some types.
eventSchema.index({ type: 1, receivedAt: 1 }, { name: 'by-type' });
// What was bought with the codes of a campaign.
eventSchema.index(
  { 'coupon.campaign': 1, type: 1, receivedAt: 1 },
  { partialFilterExpression: { 'coupon.campaign': { $exists: true } }, name: 'by-coupon' },
);

/** `again`: the event of this id stands since before. `no-contact`: there is nobody, or they were erased. */
export type Recorded = { kind: 'recorded' } | { kind: 'again'; event: EventDoc } | { kind: 'no-contact' };

type Done = Pick<Profile, 'days' | 'fadesAt' | 'stage'>;

/**
 * Keeps an event and folds it into the profile's days and stage in one transaction: all or nothing, and once for its id.
 * They are read in it, so another writer of the contact makes the database run it again. Only the first event of somebody
 * without a profile, and a move to another stage, raise its revision: days are no part of what the others write.
 */
export async function recordEvent(
  store: Store,
  event: EventDoc,
  fold: (before: Pick<Profile, 'days' | 'stage'>) => Done,
  budgetMs: number,
): Promise<Recorded> {
  try {
    return await inTransaction(store, budgetMs, async (session) => {
      const living = { _id: event.contact, sealed: { $ne: null } };
      const contact = await store.contacts.findOne(living, {
        session,
        projection: { 'profile.days': 1, 'profile.stage': 1 },
      });
      if (contact === null) return { kind: 'no-contact' };
      await store.events.insertOne(event, { session });
      const { days = [], stage = null } = contact.profile ?? {};
      const done = fold({ days, stage });
      const update = contact.profile === undefined ? firstOf(done) : changeOf(done, stage);
      await store.contacts.updateOne(living, update, { session, hint: { _id: 1 } });
      return { kind: 'recorded' };
    });
  } catch (error) {
    const before = isDuplicateKey(error) ? await store.events.findOne({ _id: event._id }) : null;
    if (before === null) throw error;
    return { kind: 'again', event: before };
  }
}

export async function findEvent(store: Store, id: string): Promise<EventDoc | null> {
  return store.events.findOne({ _id: id });
}

const firstOf = (done: Done) => [
  { $set: { profile: { $literal: { ...EMPTY_PROFILE, ...done } }, ...RAISED_ALIKE } },
];

function changeOf({ days, fadesAt, stage }: Done, before: Profile['stage']) {
  if (stage === before) return { $set: { 'profile.days': days, 'profile.fadesAt': fadesAt } };
  const parts = { days, fadesAt, stage };
  const set = Object.entries(parts).map(([part, value]) => [`profile.${part}`, { $literal: value }]);
  return [{ $set: { ...Object.fromEntries(set), ...RAISED_ALIKE } }];
}
