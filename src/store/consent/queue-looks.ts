import { keptSeconds } from '../../domain/retention.ts';
import { type Database, defineCollection } from '../collection.ts';

/** The text of the inbox or the hold that somebody opened last. Each reader has one row, so the collection stays small. */
type QueueLookDoc = {
  /** Who looks: "staff:rosa", "key:ab12". */
  _id: string;
  /** The id of the item or of the hold. */
  of: string;
  since: Date;
  seenAt: Date;
};

export const queueLooks = defineCollection<QueueLookDoc>()('queueLooks', {
  of: { key: { of: 1 } },
  kept: { key: { seenAt: 1 }, expireAfterSeconds: keptSeconds('queueLooks') },
});

/**
 * Notes that somebody looks at an item now. Looks at the same item without a gap count as one, from the first on.
 * `fresh`: a look before this moment is over.
 */
export async function putQueueLook(
  database: Database,
  { by, of, at, fresh }: { by: string; of: string; at: Date; fresh: Date },
): Promise<void> {
  const goesOn = { $and: [{ $eq: ['$of', { $literal: of }] }, { $gte: ['$seenAt', fresh] }] };
  const since = { $cond: [goesOn, '$since', at] };
  await queueLooks(database).updateOne({ _id: by }, [{ $set: { since, of: { $literal: of }, seenAt: at } }], {
    upsert: true,
  });
}

/** The look of somebody else at an item that began first; null when nobody else looks. */
export function otherQueueLook(
  database: Database,
  { by, of, fresh }: { by: string; of: string; fresh: Date },
): Promise<QueueLookDoc | null> {
  return queueLooks(database).findOne(
    { of, _id: { $ne: by }, seenAt: { $gte: fresh } },
    { sort: { since: 1 } },
  );
}
