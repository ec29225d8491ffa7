import type { Desk } from '../consent/desk.ts';
import type { CampaignDoc } from '../store/campaigns/campaigns.ts';
import { hasRows } from '../store/campaigns/plan.ts';

/** Whether nothing of it was planned yet. */
export const isToBegin = ({ plan, winner }: Pick<CampaignDoc, 'plan' | 'winner'>): boolean =>
  plan.cursor === null && !plan.complete && winner === undefined;

/** Whether anybody has a row: that a slice was written is noted only after it. */
export async function hasBegun(
  { store }: Desk,
  campaign: Pick<CampaignDoc, '_id' | 'plan' | 'winner'>,
): Promise<boolean> {
  return !isToBegin(campaign) || hasRows(store, campaign._id);
}
