import { OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import type { Store } from '../store.ts';

/** Longest that the sums may take in the database, ms. */
const BUDGET_MS = 20_000;

/** Parts of one sender and medium: billed because they left, of unknown outcome, still to leave. */
export type PartsOf = { sender: string; mms: boolean; left: number; unknown: number; planned: number };

/** Of one that failed, or of which nothing was heard any more: the carrier had taken it. */
const HAS_TAKEN = { $gt: ['$acceptedAt', null] };
const WAS_TAKEN = { $and: [{ $in: ['$state', ['failed', 'unknown']] }, HAS_TAKEN] };

/**
 * Parts of a campaign by the number they leave from. What the carrier refused at once is not billed; what it took and
 * could not deliver, or never told the end of, is.
 */
export async function partsBySender(store: Store, campaign: string): Promise<PartsOf[]> {
  const where = (holds: object): object => ({ $sum: { $cond: [holds, '$parts', 0] } });
  const states = (...of: string[]): object => ({ $in: ['$state', of] });
  const rows = await store.deliveries
    .aggregate<Omit<PartsOf, 'sender' | 'mms'> & { _id: { sender: string; mms: boolean } }>(
      [
        { $match: { campaign, state: { $nin: ['skipped', 'canceled', 'expired'] } } },
        {
          $group: {
            _id: { sender: '$sender', mms: { $gt: ['$media', 0] } },
            left: where({ $or: [states('accepted', 'sent', 'delivered', 'undelivered'), WAS_TAKEN] }),
            unknown: where({ $and: [states('unknown'), { $not: [HAS_TAKEN] }] }),
            planned: where(states('planned', 'sending')),
          },
        },
      ],
      { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  return rows.map(({ _id, ...parts }) => ({ ..._id, ...parts }));
}
