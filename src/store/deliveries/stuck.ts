import type { Store } from '../store.ts';
import type { DeliveryDoc, DeliveryState } from './deliveries.ts';
import { toUnknown } from './moves.ts';

/** What the carrier has and has not told the end of. */
const MOVING = ['accepted', 'sent'] as const satisfies DeliveryState[];

/** Rows the carrier took before a moment and never told the end of, the longest waiting first. */
export async function findStuck(
  store: Store,
  { senders, before, limit }: { senders: readonly string[]; before: Date; limit: number },
): Promise<DeliveryDoc[]> {
  const acceptedAt = { $lte: before };
  // Each by the index of its own state; accepted ones by sender, as the pace counts them.
  const accepted = await store.deliveries
    .find({ state: 'accepted', sender: { $in: [...senders] }, acceptedAt })
    .limit(limit)
    .toArray();
  const sent = await store.deliveries
    .find({ state: 'sent', acceptedAt })
    .sort({ acceptedAt: 1 })
    .limit(limit - accepted.length + 1)
    .toArray();
  return [...accepted, ...sent].slice(0, limit);
}

/** Nobody will ever say how these ended. A receipt that comes after all still settles one. False where it has moved. */
export async function giveUp(store: Store, { _id, epoch }: DeliveryDoc, error: string): Promise<boolean> {
  const ended = await store.deliveries.updateOne(
    { _id, epoch, state: { $in: [...MOVING] } },
    toUnknown(error),
  );
  return ended.modifiedCount === 1;
}
