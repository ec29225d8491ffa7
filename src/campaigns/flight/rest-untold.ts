import type { Desk } from '../../consent/desk.ts';
import { COUNT_TIME } from '../../domain/audience/counting.ts';
import { SKIPS_MEANWHILE } from '../../domain/campaigns/due.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { leavePlan, restPlan } from '../../store/campaigns/plan-lease.ts';
import { Unnoted, type Untold } from '../refused.ts';

/** After a count that took too long, ms: five times as long as it may take, so that others are planned meanwhile. */
const UNCOUNTED_MS = 120_000;

/** What is said of it meanwhile. */
export const UNCOUNTED = `Its people could not be counted in ${COUNT_TIME}, which codes and approvals need. It begins, or goes on, once they can be: it is tried every ${UNCOUNTED_MS / 60_000} minutes.`;

/** Until it is looked again whether it is known who got another, ms: as often as that is noted. */
const UNNOTED_MS = 30_000;

/**
 * Nobody knows whether it outgrew what was approved, or who got what its segment asks about: nothing more of it is planned,
 * and it is tried again after a rest.
 */
export async function restUntold(desk: Desk, campaign: CampaignDoc, untold: Untold): Promise<void> {
  const now = desk.now();
  const [waits, restMs] = untold instanceof Unnoted ? [untold.waits, UNNOTED_MS] : [UNCOUNTED, UNCOUNTED_MS];
  const why = campaign.when?.local?.missed === 'skip' ? `${waits} ${SKIPS_MEANWHILE}` : waits;
  const until = new Date(now.getTime() + restMs);
  const rests = await restPlan(desk.store, campaign, { until, why, now });
  // Moved, or taken over, meanwhile.
  if (!rests) await leavePlan(desk.store, campaign);
  // Said once: it may wait for as long as another is paused.
  else if (campaign.halted?.why !== why)
    desk.log.warn({ campaign: campaign._id }, `a campaign waits: ${why}`);
}
