import type { Desk } from '../../consent/desk.ts';
import { COUNT_TIME } from '../../domain/audience/counting.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { leavePlan, restPlan } from '../../store/campaigns/plan-lease.ts';

/** After a count that took too long, ms: five times as long as it may take, so that others are planned meanwhile. */
const REST_MS = 120_000;

const WHY = `Its people could not be counted in ${COUNT_TIME}, which codes and approvals need. It begins once they can be: it is tried every ${REST_MS / 60_000} minutes.`;

/** Nobody knows whether it outgrew what was approved: nothing of it is planned, and it is counted again after a rest. */
export async function restUncounted(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const now = desk.now();
  const until = new Date(now.getTime() + REST_MS);
  // Moved, or taken over, while it was counted.
  if (!(await restPlan(desk.store, campaign, { until, why: WHY, now })))
    await leavePlan(desk.store, campaign);
  else desk.log.warn({ campaign: campaign._id }, `a campaign has not begun: ${WHY}`);
}
