import type { AppContext } from '../../consent/app-context.ts';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import { SKIPS_MEANWHILE } from '../../domain/campaigns/schedule.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc, PlanningProgress } from '../../store/campaigns/campaign-document.ts';
import { moveCampaign } from '../../store/campaigns/campaigns.ts';
import { insertMessages } from '../../store/campaigns/messages.ts';
import {
  abandonPlanning,
  completeBatch,
  postponePlanning,
  releasePaused,
  releasePlan,
  renewPlanningLease,
  saveActualStart,
} from '../../store/campaigns/planning.ts';
import { leftToPlan } from '../approval.ts';
import { checkSealed, type MessageContext, messageContext } from '../content.ts';
import { SendHistoryPending } from '../errors.ts';
import { checkTestEnds } from '../experiment.ts';
import { hasBegun, isToBegin, requireSendHistory } from '../send-history.ts';
import { planBatch, type RecipientBatch } from './batch.ts';

/** How long one campaign is planned before others have their turn, ms. A batch is always finished. */
const TURN_MS = 5000;

/**
 * When a campaign that waits for another's recipients is tried again, ms: as often as send histories are recorded.
 */
const UNNOTED_MS = 30_000;

const UNREADABLE = 'this process cannot decrypt some people of a campaign; they do not get the campaign';

const DISCARDED =
  'a planned batch of a campaign was discarded, because another process planned further or the campaign was edited; the people are read again';

/**
 * Writes batches until the plan is complete, the turn is over, or the campaign must not continue; false in the last
 * case. Rejects where the database is unavailable.
 */
export async function planCampaign(
  context: AppContext,
  claimed: CampaignDoc,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const began = context.monotonic();
  // This process may not have seen programs that were saved a moment ago.
  await context.catalog.refresh();
  let campaign = claimed;
  for (;;) {
    if (!mayGoOn()) return releasePlan(context.store, campaign).then(() => false);
    const going = await checkReadiness(context, campaign).catch(asRefusal);
    if (going instanceof SendHistoryPending)
      return waitForSendHistory(context, campaign, going).then(() => true);
    if (going instanceof CommandRefused) return pauseWithReason(context, campaign, going).then(() => false);
    // Now with its actual start.
    campaign = going.campaign;
    // Nobody gets a campaign after its deadline, so no approval is needed.
    const limit = isLate(campaign, context.now()) ? null : await leftToPlan(context, campaign);
    const made = await buildBatch(context, going, limit?.left);
    if (made === null) return discardBatch(context, campaign).then(() => false);
    const { rows, unreadable, reached, ...noting } = made;
    await insertMessages(context.store, rows);
    const slice = { ...noting, yields: context.monotonic() - began >= TURN_MS };
    if (unreadable > 0) context.log.error({ campaign: campaign._id, people: unreadable }, UNREADABLE);
    // kill point: slice-written
    // The batch was not recorded: the campaign was paused, canceled or claimed by another process.
    const noted = await completeBatch(context.store, campaign, slice, context.now());
    if (!noted) return abandonPlanning(context.store, campaign).then(() => false);
    // kill point: slice-noted
    if (reached && limit !== null)
      return pauseWithReason(context, campaign, new CommandRefused(limit.why)).then(() => false);
    if (slice.complete || slice.yields) return true;
    campaign = { ...campaign, plan: after(campaign.plan, slice), halted: null };
  }
}

const after = (
  plan: PlanningProgress,
  { to, people, planned }: Pick<RecipientBatch, 'to' | 'people' | 'planned'>,
): PlanningProgress => ({
  ...plan,
  cursor: to ?? plan.cursor,
  people: plan.people + people,
  planned: plan.planned + planned,
});

/** Postpones planning until the recipients of another campaign are known. */
async function waitForSendHistory(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  campaign: CampaignDoc,
  { waits }: SendHistoryPending,
): Promise<void> {
  const now = context.now();
  const why = campaign.when?.local?.missed === 'skip' ? `${waits} ${SKIPS_MEANWHILE}` : waits;
  const until = new Date(now.getTime() + UNNOTED_MS);
  const rests = await postponePlanning(context.store, campaign, { until, why, now });
  // The campaign was moved, or claimed by another process, meanwhile.
  if (!rests) await abandonPlanning(context.store, campaign);
  // Logged once, since the wait may last as long as the other campaign is paused.
  else if (campaign.halted?.why !== why)
    context.log.warn({ campaign: campaign._id }, `a campaign waits: ${why}`);
}

/**
 * Builds the next batch. Null where the campaign was moved, or claimed by another process, meanwhile: nobody would
 * cancel deliveries that are written now.
 */
async function buildBatch(
  context: AppContext,
  going: MessageContext,
  most: number | undefined,
): Promise<RecipientBatch | null> {
  const hold = () => renewPlanningLease(context.store, going.campaign, context.now());
  const slice = await planBatch(context, going, hold, most);
  return slice !== null && (await hold()) ? slice : null;
}

/**
 * Discards a batch. Logs a warning where the campaign is still being sent, because a batch on a database that stays
 * this slow would be repeated forever.
 */
async function discardBatch(
  context: Pick<AppContext, 'log' | 'store'>,
  campaign: CampaignDoc,
): Promise<void> {
  const state = await abandonPlanning(context.store, campaign);
  if (state === 'sending') context.log.warn({ campaign: campaign._id }, DISCARDED);
}

/**
 * Throws `CommandRefused` where the program ended or lost the topic, the segment uses a field that has been sealed,
 * or the test would not end before the deadline. Throws `SendHistoryPending` where the recipients of a campaign
 * that the segment refers to are not known yet.
 */
async function checkReadiness(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<MessageContext> {
  await checkSealed(context.store, campaign);
  const late = isLate(campaign, context.now());
  // Checked before the wait for another campaign, so that the campaign can be edited during that wait.
  if (!late && isToBegin(campaign)) checkTestEnds(campaign, context.now());
  const { frozen } = campaign;
  const leavesOut = frozen === null ? null : await requireSendHistory(context, campaign, frozen.segment);
  const begins = !late && isToBegin(campaign);
  return messageContext(context, begins ? await noteLateStart(context, campaign) : campaign, leavesOut);
}

const isLate = ({ deadline }: CampaignDoc, now: Date): boolean => deadline !== null && deadline <= now;

/** Pauses a campaign that cannot be planned or sent now, and says why. A person must act. */
export async function pauseWithReason(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  campaign: CampaignDoc,
  { message }: CommandRefused,
): Promise<void> {
  const at = context.now();
  await moveCampaign(context.store, campaign, {
    state: 'paused',
    halted: { why: message, at },
    updatedAt: at,
  });
  await releasePaused(context.store, campaign);
  context.log.error({ campaign: campaign._id }, `a campaign was paused: ${message}`);
}

/** A campaign that starts within this time after its planned start is on time, ms. */
const LATE_MS = MINUTE_MS;

/**
 * Records the actual start of a campaign that starts late, for example after a wait for another. Spread from the
 * planned start, all its messages would be late and sent at once.
 */
export async function noteLateStart(
  context: Pick<AppContext, 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<CampaignDoc> {
  const { when, startAt } = campaign;
  const now = context.now();
  if (when === undefined || when.spreadMs === 0 || when.local !== null || startAt === null) return campaign;
  if (now.getTime() - startAt.getTime() <= LATE_MS) return campaign;
  // A planner that died over the first batch has scheduled the messages already.
  if (await hasBegun(context, campaign)) return campaign;
  const since = new Date(now.getTime() - LATE_MS);
  const wentAt = await saveActualStart(context.store, campaign, { now, since });
  return wentAt === undefined ? campaign : { ...campaign, wentAt };
}
