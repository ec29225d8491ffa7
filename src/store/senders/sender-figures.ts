import type { Lane } from '../../domain/sending/lanes.ts';
import type { Database } from '../collection.ts';
import { deliveries, FAILED, FAILURES, QUEUE } from '../deliveries/delivery.ts';
import { type SenderStateDoc, senderStates } from './sender-state.ts';

const FIGURES_MS = 2000;

/** Due messages of one lane. */
export type LaneBacklog = { lane: Lane; messages: number; oldest: Date };

/** What is due at a sender, by lane. Counts at most `most` messages, in the order of lanes. */
export async function dueByLane(
  database: Database,
  sender: string,
  { now, most }: { now: Date; most: number },
): Promise<LaneBacklog[]> {
  return deliveries(database)
    .aggregate<LaneBacklog>(
      [
        { $match: { sender, state: 'planned', dueAt: { $lte: now } } },
        { $limit: most },
        { $group: { _id: '$lane', messages: { $sum: 1 }, oldest: { $min: '$dueAt' } } },
        { $project: { _id: 0, lane: '$_id', messages: 1, oldest: 1 } },
        { $sort: { lane: 1 } },
      ],
      { hint: QUEUE, maxTimeMS: FIGURES_MS },
    )
    .toArray();
}

export type FailureCount = { code: string | null; messages: number; last: Date };

/** Failures that one count reads at most, of all senders. */
const MOST_FAILURES = 5000;

/** Why messages of a sender failed since a moment, the most frequent first. Reads the newest failures alone. */
export async function failuresOf(database: Database, sender: string, since: Date): Promise<FailureCount[]> {
  return deliveries(database)
    .aggregate<FailureCount>(
      [
        { $match: { state: { $in: [...FAILURES] }, finalAt: { $gte: since } } },
        { $sort: { finalAt: -1 } },
        { $limit: MOST_FAILURES },
        { $match: { sender } },
        { $group: { _id: { $ifNull: ['$error', null] }, messages: { $sum: 1 }, last: { $max: '$finalAt' } } },
        { $project: { _id: 0, code: '$_id', messages: 1, last: 1 } },
        { $sort: { messages: -1, code: 1 } },
      ],
      { hint: FAILED, maxTimeMS: FIGURES_MS },
    )
    .toArray();
}

/** The addresses that were set at the carrier before we changed them. Sealed: an address may have a password. */
type EarlierWebhooks = NonNullable<SenderStateDoc['webhooksBefore']>;

export async function readEarlierWebhooks(
  database: Database,
  sender: string,
): Promise<EarlierWebhooks | null> {
  const found = await senderStates(database).findOne(
    { _id: sender },
    { projection: { _id: 0, webhooksBefore: 1 } },
  );
  return found?.webhooksBefore ?? null;
}

export async function writeEarlierWebhooks(
  database: Database,
  sender: string,
  webhooksBefore: EarlierWebhooks,
): Promise<void> {
  await senderStates(database).updateOne({ _id: sender }, { $set: { webhooksBefore } }, { upsert: true });
}
