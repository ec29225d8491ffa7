import { type DeliveryDoc, OF_CAMPAIGN } from './deliveries.ts';
import type { Store } from './store.ts';

/** Planned rows of a campaign that were written by an older edition, in the order of their ids. */
export async function olderRows(
  store: Store,
  of: { id: string; edition: number; after: string | null; limit: number },
): Promise<DeliveryDoc[]> {
  const place = of.after === null ? {} : { _id: { $gt: of.after } };
  return store.deliveries
    .find(
      { campaign: of.id, state: 'planned', edition: { $ne: of.edition }, ...place },
      { hint: OF_CAMPAIGN },
    )
    .sort({ _id: 1 })
    .limit(of.limit)
    .toArray();
}

/**
 * Gives a planned row the words and times of a new edition; what was flagged meanwhile stays as it is. What may not
 * go any more ends as skipped.
 */
export async function rewriteRow(
  store: Store,
  before: DeliveryDoc,
  next: DeliveryDoc,
  edition: number,
): Promise<void> {
  const { rev, template, language, sender, service, sealed, parts, media, validUntil, variant } = next;
  const words = { rev, template, language, sender, service, sealed, parts, edition };
  const ended = next.state === 'planned' ? {} : { state: next.state, decision: next.decision };
  await store.deliveries.updateOne(
    { _id: before._id, state: 'planned', epoch: before.epoch },
    {
      $set: {
        ...words,
        ...ended,
        ...(validUntil === undefined ? {} : { validUntil }),
        ...(variant === undefined ? {} : { variant }),
        ...(media === undefined ? {} : { media }),
      },
      $unset: {
        ...(validUntil === undefined ? { validUntil: '' as const } : {}),
        ...(media === undefined ? { media: '' as const } : {}),
        ...(next.state === 'planned' ? {} : { open: '' as const }),
      },
    },
  );
}

/**
 * Whether a row of an older edition may still leave: planned, or flagged and perhaps put back. Both states are read at
 * one moment, so that a row that moves from one to the other is not missed.
 */
export async function anyOlder(store: Store, campaign: string, edition: number): Promise<boolean> {
  const open = { campaign, state: { $in: ['planned' as const, 'sending' as const] } };
  const row = await store.deliveries.findOne(
    { ...open, edition: { $ne: edition } },
    { projection: { _id: 1 }, hint: OF_CAMPAIGN, readConcern: { level: 'snapshot' } },
  );
  return row !== null;
}

/** Ends a planned row of an older edition whose person cannot be read, so that its words can be made for nobody. */
export async function endOlder(store: Store, { _id, epoch }: DeliveryDoc, at: Date): Promise<void> {
  const decision = { allowed: false, reasons: ['no-text' as const], at };
  await store.deliveries.updateOne(
    { _id, epoch, state: 'planned' },
    { $set: { state: 'skipped', decision }, $unset: { open: '' } },
  );
}
