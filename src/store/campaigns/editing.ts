import type { Database } from '../collection.ts';
import { type DeliveryDoc, deliveries, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import { MAY_STILL_LEAVE } from '../deliveries/queue.ts';
import { type CampaignDoc, campaigns, type Edit } from './campaign-document.ts';
import { TEND_MS } from './monitoring.ts';

/**
 * Saves how far the deliveries of a paused campaign are rendered anew, and extends this process's claim.
 * `rewrittenTo` null: from the beginning again. False where rendering must stop: the campaign was moved or edited
 * again.
 */
export async function noteRewritten(
  database: Database,
  { _id, edition }: CampaignDoc,
  rewrittenTo: string | null,
  now: Date,
): Promise<boolean> {
  const { matchedCount } = await campaigns(database).updateOne(
    { _id, state: 'paused', edition: edition ?? 0 },
    { $set: { rewrittenTo, tendedUntil: new Date(now.getTime() + TEND_MS) } },
  );
  return matchedCount === 1;
}

/**
 * Applies one edit to a paused campaign. `stale`: deliveries may exist, which must be rendered anew before the campaign
 * goes on. Null where the campaign was moved or edited since it was read.
 */
export async function editPaused(
  database: Database,
  before: CampaignDoc,
  edit: Edit,
  change: Partial<Pick<CampaignDoc, 'frozen' | 'startAt' | 'deadline' | 'stale'>>,
): Promise<CampaignDoc | null> {
  const { _id, updatedAt } = before;
  return campaigns(database).findOneAndUpdate(
    { _id, state: 'paused', updatedAt, edition: before.edition ?? { $exists: false } },
    {
      $set: { ...change, edition: edit.edition, updatedAt: edit.at },
      $push: { edits: edit },
      $unset: { tendedUntil: '', rewrittenTo: '' },
    },
    { returnDocument: 'after' },
  );
}

/** Removes the note that the deliveries cannot be rendered anew. */
export async function endHalt(database: Database, { _id }: CampaignDoc): Promise<void> {
  await campaigns(database).updateOne(
    { _id, state: 'paused', 'halted.rewriting': true },
    { $set: { halted: null } },
  );
}

/** Records that no planned delivery of an older edition is left. */
export async function markRerendered(database: Database, { _id, edition }: CampaignDoc): Promise<void> {
  await campaigns(database).updateOne(
    { _id, state: 'paused', edition: edition ?? 0 },
    { $set: { stale: false }, $unset: { rewrittenTo: '' } },
  );
}

/**
 * Planned deliveries of older editions, in batches ordered by contact id, from after `after` on. One pass over the
 * index, in which no delivery moves while it is rendered: each is read once, however many there are, and however
 * often the pass is interrupted.
 */
export async function* messagesOfOlderEdition(
  database: Database,
  of: { id: string; edition: number; after: string | null; size: number },
): AsyncGenerator<DeliveryDoc[]> {
  const older = { campaign: of.id, state: 'planned' as const, edition: { $ne: of.edition } };
  const rest = of.after === null ? older : { ...older, contact: { $gt: of.after } };
  const rows = deliveries(database)
    .find(rest, { hint: deliveries.hint('campaign-contact'), batchSize: of.size })
    .sort({ contact: 1 });
  let slice: DeliveryDoc[] = [];
  for await (const row of rows) {
    slice.push(row);
    if (slice.length < of.size) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

/**
 * True where a delivery of an older edition may still be sent. Reads one snapshot, so that a delivery that changes
 * its state meanwhile is not missed.
 */
export async function anyOlder(database: Database, campaign: string, edition: number): Promise<boolean> {
  const row = await deliveries(database).findOne(
    { campaign, edition: { $ne: edition }, ...MAY_STILL_LEAVE },
    { projection: { _id: 1 }, hint: OF_CAMPAIGN, readConcern: { level: 'snapshot' } },
  );
  return row !== null;
}
