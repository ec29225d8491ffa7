import type { Desk } from '../../consent/desk.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { leavePlan } from '../../store/campaigns/plan-lease.ts';
import { plannedBeside, yieldPlan } from '../../store/campaigns/same-root.ts';

/** Until a campaign that gave way is taken up again, ms. */
const REST_MS = 1000;

/**
 * Whether another campaign that makes up for the same one has its turn; then this one, which was claimed, gives way. Each
 * leaves out whom the others reach, which their rows tell: planned side by side they would reach the same people.
 */
export async function gaveWay(desk: Desk, campaign: CampaignDoc): Promise<boolean> {
  const other = await plannedBeside(desk.store, campaign);
  if (other === null) return false;
  const now = desk.now();
  // Claimed at the same moment both give way: the first by id is back before the other.
  const restMs = other < campaign._id ? 2 * REST_MS : REST_MS;
  const until = new Date(now.getTime() + restMs);
  // Moved since it was claimed.
  if (!(await yieldPlan(desk.store, campaign, { until, now }))) await leavePlan(desk.store, campaign);
  return true;
}
