import type { Document } from 'mongodb';
import { z } from 'zod';
import { lastWordOf } from '../../domain/consent/consent-end.ts';
import { OPEN_STATES } from '../../domain/consent/consent-state.ts';
import { utcDay } from '../../domain/durations.ts';
import type { ReassignedFact } from '../../domain/hygiene/number-verification.ts';
import { type Database, defineCollection } from '../collection.ts';
import { findSuppressions } from '../consent/suppressions.ts';
import { defineSetting } from '../settings.ts';
import { contacts } from './contacts.ts';

import { personOf } from './open-contact.ts';

/**
 * Contacts with live consent that have no proof since `cutoff` of who holds the number, and about which the carrier
 * was not asked since. A contact whose number has a new holder stays included until its old consent is ended,
 * unless somebody texted since (`UNENDED_HOLDERS`). Uses no index: a scan, once a night.
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

const TURN = defineSetting('reassigned numbers', z.string().nullable(), null);

/** The last contact that was asked about; null: start with the first one. */
export const readTurn = (database: Database): Promise<string | null> => TURN.read(database);

export const writeTurn = (database: Database, contact: string | null, at: Date): Promise<void> =>
  TURN.write(database, contact, at);

const SHARE = defineSetting(
  'reassigned numbers asked',
  z.strictObject({ day: z.string(), asked: z.int() }),
  null,
);

/** Number of questions counted on the day of a moment, in UTC. */
export async function readAsked(database: Database, at: Date): Promise<number> {
  const share = await SHARE.read(database);
  return share?.day === utcDay(at) ? share.asked : 0;
}

/** Counts questions on the day of a moment. Only one process may call this at a time. */
export async function noteAskedToday(database: Database, asked: number, at: Date): Promise<void> {
  await SHARE.write(database, { day: utcDay(at), asked: (await readAsked(database, at)) + asked }, at);
}

/**
 * One answer of the carrier about the holder of a contact's number. Insert only: a "no" protects whoever asked, and
 * the contact itself stores only the last answer. The id names the contact, and the same answer is one document.
 */
export type HolderAnswerDoc = ReassignedFact & {
  /** "<contact> <time of the question>". */
  _id: string;
};

export const holderAnswers = defineCollection<HolderAnswerDoc>()('holderAnswers', {});

/**
 * Stores the carrier's answer about the holder of a contact's number: permanently as proof, and with the contact as
 * its last answer.
 */
export async function noteHolderCheck(
  database: Database,
  contact: string,
  fact: ReassignedFact,
): Promise<void> {
  const _id = `${contact} ${fact.at.toISOString()}`;
  await holderAnswers(database).updateOne({ _id }, { $setOnInsert: fact }, { upsert: true });
  const filter = { _id: contact, sealed: { $ne: null }, 'holderCheck.at': { $ne: fact.at } };
  await contacts(database).updateOne(filter, { $set: { holderCheck: fact } });
}

const NEVER = new Date(0);
const before = (field: string): Document => ({ $lt: [{ $ifNull: [field, NEVER] }, '$holderCheck.at'] });

/** Holders that have left according to the carrier: the domain's `hasLeft` as a filter. */
export const LEFT_HOLDERS: Document = {
  current: true,
  'holderCheck.answer': 'yes',
  subscriptions: { $not: { $elemMatch: { state: { $in: OPEN_STATES } } } },
  $expr: { $and: [before('$repliedAt'), before('$lastOptOutAt')] },
};

/**
 * Holders that have left according to the carrier and whose older consent is still in force, whatever was texted
 * from the number since. Uses no index: a scan, once a night.
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

/** Retires a holder: the next text from the number starts a new contact. False when a text came meanwhile. */
export async function retireHolder(database: Database, contact: string): Promise<boolean> {
  const filter: Document = { ...LEFT_HOLDERS, _id: contact };
  const holder = await contacts(database).findOne(filter);
  if (holder === null) return false;
  // Every opt-out increments `rev`, so a suppression newer than the contact is never taken for the contact's own.
  const { index, rev } = holder;
  const lastWord = lastWordOf(personOf(holder, {}, await findSuppressions(database, [index])));
  const $set = { current: false, ...(lastWord && { lastWord }) };
  const change = { $set, $inc: { rev: 1 } };
  return (await contacts(database).updateOne({ ...filter, rev }, change)).matchedCount === 1;
}
