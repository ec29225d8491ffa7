import type { Document } from 'mongodb';
import { Schema } from 'mongoose';
import { lastWordOf } from '../../domain/consent/consent-end.ts';
import { OPEN_STATES } from '../../domain/consent/consent-state.ts';
import { utcDay } from '../../domain/durations.ts';
import type { ReassignedFact } from '../../domain/hygiene/number-verification.ts';
import { findSuppressions } from '../consent/suppressions.ts';
import { readSetting, writeSetting } from '../settings.ts';
import type { Store } from '../store.ts';
import { personOf } from './open-contact.ts';

/**
 * Contacts with live consent of whom nothing proved since `cutoff` whose number it is, and about whom the carrier was not
 * asked since. Whose number has a new holder stays in until consent from before is ended, unless somebody wrote since
 * (`UNENDED_HOLDERS`). By no index: a scan, once a night.
 */
export function unprovenHolders(cutoff: Date): Document {
  const live = { state: 'subscribed' };
  const recent = {
    ...live,
    $or: [{ 'basis.at': { $gte: cutoff } }, { basis: null, since: { $gte: cutoff } }],
  };
  return {
    current: true,
    subscriptions: { $elemMatch: live },
    $nor: [
      { repliedAt: { $gte: cutoff } },
      { subscriptions: { $elemMatch: recent } },
      { 'holderCheck.at': { $gte: cutoff }, 'holderCheck.answer': { $ne: 'yes' } },
    ],
  };
}

const TURN = 'reassigned numbers';

/** The contact up to whom people were asked about; null: from the first one on. */
export async function readTurn(store: Store): Promise<string | null> {
  return ((await readSetting(store, TURN))?.value ?? null) as string | null;
}

export async function writeTurn(store: Store, contact: string | null, at: Date): Promise<void> {
  await writeSetting(store, { _id: TURN, at, value: contact });
}

const SHARE = 'reassigned numbers asked';
type Share = { day: string; asked: number };
/** Questions that were counted for the day of a moment, in UTC. */
export async function readAsked(store: Store, at: Date): Promise<number> {
  const share = (await readSetting(store, SHARE))?.value as Share | undefined;
  return share?.day === utcDay(at) ? share.asked : 0;
}

/** Counts questions for the day of a moment. One process at a time does. */
export async function noteAskedToday(store: Store, asked: number, at: Date): Promise<void> {
  const value: Share = { day: utcDay(at), asked: (await readAsked(store, at)) + asked };
  await writeSetting(store, { _id: SHARE, at, value });
}

/**
 * What the carrier said once of who holds a contact's number. Insert only: a "no" protects whoever asked, and the contact
 * itself has the last answer alone. By its id it is found from its contact, and the same answer is one row.
 */
export type HolderAnswerDoc = ReassignedFact & {
  /** The contact, and when it was asked. */
  _id: string;
};

export const holderAnswerSchema = new Schema(
  {
    _id: String,
    at: { type: Date, required: true },
    source: { type: String, required: true },
    since: { type: String, required: true },
    answer: String,
    untold: String,
  },
  { collection: 'holderAnswers', strict: 'throw', versionKey: false, autoIndex: false },
);

/** Keeps what the carrier said of who holds a contact's number: as proof for good, and with the contact as the last answer. */
export async function noteHolderCheck(store: Store, contact: string, fact: ReassignedFact): Promise<void> {
  const _id = `${contact} ${fact.at.toISOString()}`;
  await store.holderAnswers.updateOne({ _id }, { $setOnInsert: fact }, { upsert: true });
  const filter = { _id: contact, sealed: { $ne: null }, 'holderCheck.at': { $ne: fact.at } };
  await store.contacts.updateOne(filter, { $set: { holderCheck: fact } });
}

const NEVER = new Date(0);
const before = (field: string): Document => ({ $lt: [{ $ifNull: [field, NEVER] }, '$holderCheck.at'] });

/** Holders that have left by the carrier's word: `hasLeft` of the domain, as a filter. */
export const LEFT_HOLDERS: Document = {
  current: true,
  'holderCheck.answer': 'yes',
  subscriptions: { $not: { $elemMatch: { state: { $in: OPEN_STATES } } } },
  $expr: { $and: [before('$repliedAt'), before('$lastOptOutAt')] },
};

/**
 * Holders that have left by the carrier's word, and whose consent from before it was asked stands all the same, whatever was
 * written from the number since. By no index: a scan, once a night.
 */
export const UNENDED_HOLDERS: Document = {
  current: true,
  'holderCheck.answer': 'yes',
  subscriptions: { $elemMatch: { state: 'subscribed' } },
  $expr: {
    $anyElementTrue: {
      $map: {
        input: '$subscriptions',
        as: 'one',
        in: {
          $and: [
            { $eq: ['$$one.state', 'subscribed'] },
            { $lt: [{ $ifNull: ['$$one.basis.at', '$$one.since'] }, '$holderCheck.at'] },
          ],
        },
      },
    },
  },
};

/** Whoever writes from the number from now on is somebody new. False where they wrote meanwhile. */
export async function retireHolder(store: Store, contact: string): Promise<boolean> {
  const filter: Document = { ...LEFT_HOLDERS, _id: contact };
  const holder = await store.contacts.findOne(filter);
  if (holder === null) return false;
  // Every opt-out raises `rev`: rows that are newer than the contact are never taken for its own.
  const { index, rev } = holder;
  const lastWord = lastWordOf(personOf(holder, {}, await findSuppressions(store, [index])));
  const $set = { current: false, ...(lastWord && { lastWord }) };
  const change = { $set, $inc: { rev: 1 } };
  return (await store.contacts.updateOne({ ...filter, rev }, change)).matchedCount === 1;
}
