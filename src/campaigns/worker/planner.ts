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
import { planBatch, type Slice } from './batch.ts';

/** How long one campaign is planned before the others have their turn, ms. A slice is written to its end. */
const TURN_MS = 5000;

/** Until it is looked again whether it is known who got another, ms: as often as that is noted. */
const UNNOTED_MS = 30_000;

const UNREADABLE = 'people of a campaign cannot be read by this process; they get nothing of it';

const THROWN_AWAY =
  'people of a campaign were read, and nothing of them written: another process came further, or the campaign was edited; they are read again';

/**
 * Writes slices until the plan is complete, its turn is over, or the campaign is not to go on; false in the last case.
 * Rejects where the database is away.
 */
export async function planCampaign(
  desk: AppContext,
  claimed: CampaignDoc,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const began = desk.monotonic();
  // Programs as they are now: what was saved a moment ago this process need not have seen.
  await desk.catalog.refresh();
  let campaign = claimed;
  for (;;) {
    if (!mayGoOn()) return releasePlan(desk.store, campaign).then(() => false);
    const going = await checkReadiness(desk, campaign).catch(asRefusal);
    if (going instanceof SendHistoryPending) return restUnnoted(desk, campaign, going).then(() => true);
    if (going instanceof CommandRefused) return pauseWithReason(desk, campaign, going).then(() => false);
    // With when it went.
    campaign = going.campaign;
    // Past its deadline nobody gets it, so that there is nothing to approve.
    const limit = isLate(campaign, desk.now()) ? null : await leftToPlan(desk, campaign);
    const made = await buildBatch(desk, going, limit?.left);
    if (made === null) return discardBatch(desk, campaign).then(() => false);
    const { rows, unreadable, reached, ...noting } = made;
    await insertMessages(desk.store, rows);
    const slice = { ...noting, yields: desk.monotonic() - began >= TURN_MS };
    if (unreadable > 0) desk.log.error({ campaign: campaign._id, people: unreadable }, UNREADABLE);
    // kill point: slice-written
    // Not noted: paused, canceled, or taken over.
    const noted = await completeBatch(desk.store, campaign, slice, desk.now());
    if (!noted) return abandonPlanning(desk.store, campaign).then(() => false);
    // kill point: slice-noted
    if (reached && limit !== null)
      return pauseWithReason(desk, campaign, new CommandRefused(limit.why)).then(() => false);
    if (slice.complete || slice.yields) return true;
    campaign = { ...campaign, plan: after(campaign.plan, slice), halted: null };
  }
}

const after = (
  plan: PlanningProgress,
  { to, people, planned }: Pick<Slice, 'to' | 'people' | 'planned'>,
): PlanningProgress => ({
  ...plan,
  cursor: to ?? plan.cursor,
  people: plan.people + people,
  planned: plan.planned + planned,
});

/** Postpones planning where it is not known yet who got another campaign that its segment asks about. */
async function restUnnoted(
  desk: AppContext,
  campaign: CampaignDoc,
  { waits }: SendHistoryPending,
): Promise<void> {
  const now = desk.now();
  const why = campaign.when?.local?.missed === 'skip' ? `${waits} ${SKIPS_MEANWHILE}` : waits;
  const until = new Date(now.getTime() + UNNOTED_MS);
  const rests = await postponePlanning(desk.store, campaign, { until, why, now });
  // Moved, or taken over, meanwhile.
  if (!rests) await abandonPlanning(desk.store, campaign);
  // Said once: it may wait for as long as another is paused.
  else if (campaign.halted?.why !== why)
    desk.log.warn({ campaign: campaign._id }, `a campaign waits: ${why}`);
}

/** The next slice, which may be written; null: moved, or taken over, while it was made. A row written now nobody would end. */
async function buildBatch(
  desk: AppContext,
  going: MessageContext,
  most: number | undefined,
): Promise<Slice | null> {
  const hold = () => renewPlanningLease(desk.store, going.campaign, desk.now());
  const slice = await planBatch(desk, going, hold, most);
  return slice !== null && (await hold()) ? slice : null;
}

/** Where it is still being sent the slice is begun again: on a database that stays so slow it would be for ever. */
async function discardBatch(desk: AppContext, campaign: CampaignDoc): Promise<void> {
  const state = await abandonPlanning(desk.store, campaign);
  if (state === 'sending') desk.log.warn({ campaign: campaign._id }, THROWN_AWAY);
}

/**
 * Throws `Refused` where its program ended or has its topic no more, its segment asks what has been sealed, or its test would not
 * be over by its deadline. Throws `Unnoted` where it is not known yet who got another that its segment asks about.
 */
async function checkReadiness(desk: AppContext, campaign: CampaignDoc): Promise<MessageContext> {
  await checkSealed(desk.store, campaign);
  const late = isLate(campaign, desk.now());
  // Before a wait for another: while it waits it can be edited.
  if (!late && isToBegin(campaign)) checkTestEnds(campaign, desk.now());
  const { frozen } = campaign;
  const leavesOut = frozen === null ? null : await requireSendHistory(desk, campaign, frozen.segment);
  const begins = !late && isToBegin(campaign);
  return messageContext(desk, begins ? await noteLateStart(desk, campaign) : campaign, leavesOut);
}

const isLate = ({ deadline }: CampaignDoc, now: Date): boolean => deadline !== null && deadline <= now;

/** Nothing of it can be written or sent as things stand: it waits for a person, and says why. */
export async function pauseWithReason(
  desk: AppContext,
  campaign: CampaignDoc,
  { message }: CommandRefused,
): Promise<void> {
  const at = desk.now();
  await moveCampaign(desk.store, campaign, { state: 'paused', halted: { why: message, at }, updatedAt: at });
  await releasePaused(desk.store, campaign);
  desk.log.error({ campaign: campaign._id }, `a campaign was paused: ${message}`);
}

/** What goes no later than this after its time went at its time, ms. */
const LATE_MS = MINUTE_MS;

/**
 * A campaign that is about to go, with when it went where its time is over, as after a wait for another: spread from that time on
 * everybody's message would be late, and all would leave at once.
 */
export async function noteLateStart(desk: AppContext, campaign: CampaignDoc): Promise<CampaignDoc> {
  const { when, startAt } = campaign;
  const now = desk.now();
  if (when === undefined || when.spreadMs === 0 || when.local !== null || startAt === null) return campaign;
  if (now.getTime() - startAt.getTime() <= LATE_MS) return campaign;
  // Whoever died over its first slice placed it.
  if (await hasBegun(desk, campaign)) return campaign;
  const since = new Date(now.getTime() - LATE_MS);
  const wentAt = await saveActualStart(desk.store, campaign, { now, since });
  return wentAt === undefined ? campaign : { ...campaign, wentAt };
}
