import type { Desk } from '../../consent/desk.ts';
import { type CampaignDoc, moveCampaign } from '../../store/campaigns/campaigns.ts';
import { releasePaused } from '../../store/campaigns/plan-lease.ts';
import type { Refused } from '../refused.ts';

/** Nothing of it can be written or sent as things stand: it waits for a person, and says why. */
export async function pauseUnready(desk: Desk, campaign: CampaignDoc, { message }: Refused): Promise<void> {
  const at = desk.now();
  await moveCampaign(desk.store, campaign, { state: 'paused', halted: { why: message, at }, updatedAt: at });
  await releasePaused(desk.store, campaign);
  desk.log.error({ campaign: campaign._id }, `a campaign was paused: ${message}`);
}
