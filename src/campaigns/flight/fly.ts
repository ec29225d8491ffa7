import type { Desk } from '../../consent/desk.ts';
import { COUNT_MS } from '../../domain/audience/counting.ts';
import { hasWaited } from '../../domain/campaigns/approval.ts';
import { anyAtWork } from '../../store/campaigns/at-work.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { finishCampaigns, insertPlanned, sweepCanceled } from '../../store/campaigns/plan.ts';
import {
  advancePlan,
  claimPlan,
  leavePlan,
  releasePlan,
  renewPlan,
} from '../../store/campaigns/plan-lease.ts';
import { inTime } from '../../store/in-time.ts';
import { checkSeen } from '../approve.ts';
import { checkNoted, isFedBySends } from '../audience/check-noted.ts';
import { checkSealed } from '../audience/check-sealed.ts';
import { isToBegin } from '../begun.ts';
import { checkTestEnds } from '../edit.ts';
import { type Looking, startLookingTogether } from '../looking.ts';
import { Refused, refusalOf, Untold } from '../refused.ts';
import { checkCodes } from '../words/check-codes.ts';
import { type Going, goingOf } from './going.ts';
import { pauseUnready } from './pause-unready.ts';
import { planSlice, type Slice } from './plan-slice.ts';
import { makeDueRuns } from './repeat.ts';
import { restUntold } from './rest-untold.ts';
import { tending } from './tend.ts';
import { wentLate } from './went-late.ts';

/** Between two looks at whether any campaign has work for somebody, and of each who looks while one has, ms. */
const LOOK_MS = 500;

/** Longest that it is asked whether any has work, ms: after a read that the driver never ended nobody would look any more. */
const ASK_MS = 2000;

/** How long one campaign is planned before the others have their turn, ms. A slice is written to its end. */
const TURN_MS = 5000;

const UNREADABLE = 'people of a campaign cannot be read by this process; they get nothing of it';

const NOT_SWEPT = 'what is left of a canceled campaign could not be ended; it is tried again';
const NOT_PLANNED = 'a campaign could not be planned further';

const THROWN_AWAY =
  'people of a campaign were read, and nothing of them written: another process came further, or the campaign was edited; they are read again';

export type Flight = Looking;

/** Plans campaigns whose time has come, slice by slice, while what is planned is dispatched; ends those that are done. */
export function startFlight(desk: Desk, onError: (error: unknown, line: string) => void): Flight {
  const planning = {
    look: (mayGoOn: () => boolean) => look(desk, mayGoOn),
    onError: (error: unknown) => onError(error, 'a campaign could not be planned; it is tried again'),
  };
  const all = [planning, tending(desk, onError)];
  return startLookingTogether(() => inTime(ASK_MS, anyAtWork(desk.store, desk.now())), all, LOOK_MS);
}

/** True where another look is to follow at once. */
async function look(desk: Desk, mayGoOn: () => boolean): Promise<boolean> {
  await sweepCanceled(desk.store, desk.now(), (campaign, error) =>
    desk.log.error({ campaign, error }, NOT_SWEPT),
  );
  await makeDueRuns(desk);
  const campaign = await claimPlan(desk.store, desk.now());
  const more = campaign !== null && (await planOn(desk, campaign, mayGoOn).catch(tellOf(desk, campaign)));
  // A moment of its own: those held out were due when they were planned, which is before it ended.
  for (const id of await finishCampaigns(desk.store, desk.now()))
    desk.log.info({ campaign: id }, 'a campaign finished');
  return more;
}

/** Which one cannot be planned, for whoever looks for why it stands still. */
const tellOf =
  ({ log }: Desk, { _id: campaign }: CampaignDoc) =>
  (error: unknown): never => {
    log.error({ campaign, error }, NOT_PLANNED);
    throw error;
  };

/**
 * Writes slices until the plan is complete, its turn is over, or the campaign is not to go on; false in the last case.
 * Rejects where the database is away.
 */
async function planOn(desk: Desk, claimed: CampaignDoc, mayGoOn: () => boolean): Promise<boolean> {
  const began = desk.monotonic();
  // Programs as they are now: what was saved a moment ago this process need not have seen.
  await desk.catalog.refresh();
  let campaign = claimed;
  for (;;) {
    if (!mayGoOn()) return releasePlan(desk.store, campaign).then(() => false);
    const going = await readyOf(desk, campaign).catch(refusalOf);
    if (going instanceof Untold) return restUntold(desk, campaign, going).then(() => true);
    if (going instanceof Refused) return pauseUnready(desk, campaign, going).then(() => false);
    // With when it went.
    campaign = going.campaign;
    const made = await makeSlice(desk, going);
    if (made === null) return throwAway(desk, campaign).then(() => false);
    const { rows, unreadable, ...planned } = made;
    await insertPlanned(desk.store, rows);
    const slice = { ...planned, yields: desk.monotonic() - began >= TURN_MS };
    if (unreadable > 0) desk.log.error({ campaign: campaign._id, people: unreadable }, UNREADABLE);
    // kill point: slice-written
    // Not noted: paused, canceled, or taken over.
    const noted = await advancePlan(desk.store, campaign, slice, desk.now());
    if (!noted) return leavePlan(desk.store, campaign).then(() => false);
    // kill point: slice-noted
    if (slice.complete || slice.yields) return true;
    const cursor = slice.to ?? campaign.plan.cursor;
    campaign = { ...campaign, plan: { ...campaign.plan, cursor }, halted: null };
  }
}

/** The next slice, which may be written; null: moved, or taken over, while it was made. A row written now nobody would end. */
async function makeSlice(desk: Desk, going: Going): Promise<Slice | null> {
  const hold = () => renewPlan(desk.store, going.campaign, desk.now());
  const slice = await planSlice(desk, going, hold);
  return slice !== null && (await hold()) ? slice : null;
}

/** Where it is still being sent the slice is begun again: on a database that stays so slow it would be for ever. */
async function throwAway(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const state = await leavePlan(desk.store, campaign);
  if (state === 'sending') desk.log.warn({ campaign: campaign._id }, THROWN_AWAY);
}

/**
 * Throws `Refused` where
 * - its program ended or has its topic no more, or its segment asks what has been sealed;
 * - its test would not be over by its deadline;
 * - it has outgrown what was approved since it was scheduled, while it waited, or since the test whose winner it goes on with;
 * - it is a run, or follows others, and its coupon pools have too few codes.
 *
 * Throws `Untold` where that could not be told in time, or who got another that its segment asks about is not known yet.
 */
async function readyOf(desk: Desk, campaign: CampaignDoc): Promise<Going> {
  await checkSealed(desk.store, campaign);
  const late = isLate(campaign, desk.now());
  // Before a wait for another: while it waits it can be edited.
  if (!late && isToBegin(campaign)) checkTestEnds(campaign, desk.now());
  const { frozen } = campaign;
  const leavesOut = frozen === null ? null : await checkNoted(desk, campaign, frozen.segment);
  // Past its deadline nobody gets it, so there is nothing to approve and no code to claim; who missed it its rows tell.
  if (late) return goingOf(desk, campaign, leavesOut);
  const hold = () => renewPlan(desk.store, campaign, desk.now(), COUNT_MS);
  if (mayHaveGrown(campaign)) await checkSeen(desk, campaign, hold);
  if (!isToBegin(campaign)) return goingOf(desk, campaign, leavesOut);
  await checkCodes(desk, campaign, hold);
  return goingOf(desk, await wentLate(desk, campaign), leavesOut);
}

/**
 * Since its people were counted when it was started or resumed: before its first slice, and before the first by the winner of
 * its test, for which they waited. `halted`: it has waited, also half-way.
 */
function mayHaveGrown(campaign: CampaignDoc): boolean {
  const { plan, winner, runOf, halted } = campaign;
  if (winner !== undefined && plan.cursor === null) return true;
  if (!isToBegin(campaign)) return halted != null;
  return runOf !== undefined || hasWaited(campaign) || halted != null || isFedBySends(campaign);
}

const isLate = ({ deadline }: CampaignDoc, now: Date): boolean => deadline !== null && deadline <= now;
