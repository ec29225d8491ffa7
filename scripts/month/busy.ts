import type { AppContext } from '../../src/consent/app-context.ts';
import { pausedLanes } from '../../src/store/campaigns/ending.ts';

const ID = { projection: { _id: 1 } } as const;

/**
 * True if a campaign is being sent, a message is due, or one is being sent. Campaigns that are paused wait for a person and do
 * not count.
 */
export async function isBusy({ store, now }: Pick<AppContext, 'now' | 'store'>): Promise<boolean> {
  const flying = { state: { $in: ['scheduled' as const, 'sending' as const] }, startAt: { $lte: now() } };
  if ((await store.campaigns.findOne(flying, ID)) !== null) return true;
  const lane = { $nin: [...(await pausedLanes(store))] };
  // One query reads both, because two queries would both miss a row that is claimed between them.
  const leaving = {
    open: true as const,
    state: { $in: ['planned' as const, 'sending' as const] },
    $or: [{ state: 'sending' as const }, { lane, dueAt: { $lte: now() } }],
  };
  return (await store.deliveries.findOne(leaving, { ...ID, hint: 'open-of-contact' })) !== null;
}
