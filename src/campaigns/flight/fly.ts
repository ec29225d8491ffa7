import type { Desk } from '../../consent/desk.ts';
import { SKIPS_MEANWHILE } from '../../domain/campaigns/due.ts';
import { anyAtWork } from '../../store/campaigns/at-work.ts';
import type { CampaignDoc, Plan } from '../../store/campaigns/campaigns.ts';
import { finishCampaigns, insertPlanned, sweepCanceled } from '../../store/campaigns/plan.ts';
import {
  advancePlan,
  claimPlan,
  leavePlan,
  releasePlan,
  renewPlan,
  restPlan,
} from '../../store/campaigns/plan-lease.ts';
import { inTime } from '../../store/in-time.ts';
import { leftToPlan } from '../approve.ts';
import { checkNoted } from '../audience/check-noted.ts';
import { checkSealed } from '../audience/check-sealed.ts';
import { isToBegin } from '../begun.ts';
import { checkTestEnds } from '../edit.ts';
import { type Looking, startLookingTogether } from '../looking.ts';
import { Refused, refusalOf, Unnoted } from '../refused.ts';
import { type Going, goingOf } from './going.ts';
import { pauseUnready } from './pause-unready.ts';
import { planSlice, type Slice } from './plan-slice.ts';
import { makeDueRuns } from './repeat.ts';
import { tending } from './tend.ts';
import { wentLate } from './went-late.ts';

/** Between two looks at whether any campaign has work for somebody, and of each who looks while one has, ms. */
const LOOK_MS = 500;

/** Longest that it is asked whether any has work, ms: after a read that the driver never ended nobody would look any more. */
const ASK_MS = 2000;

/** How long one campaign is planned before the others have their turn, ms. A slice is written to its end. */
const TURN_MS = 5000;

/** Until it is looked again whether it is known who got another, ms: as often as that is noted. */
const UNNOTED_MS = 30_000;

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
    if (going instanceof Unnoted) return restUnnoted(desk, campaign, going).then(() => true);
    if (going instanceof Refused) return pauseUnready(desk, campaign, going).then(() => false);
    // With when it went.
    campaign = going.campaign;
    // Past its deadline nobody gets it, so that there is nothing to approve.
    const limit = isLate(campaign, desk.now()) ? null : await leftToPlan(desk, campaign);
    const made = await makeSlice(desk, going, limit?.left);
    if (made === null) return throwAway(desk, campaign).then(() => false);
    const { rows, unreadable, reached, ...noting } = made;
    await insertPlanned(desk.store, rows);
    const slice = { ...noting, yields: desk.monotonic() - began >= TURN_MS };
    if (unreadable > 0) desk.log.error({ campaign: campaign._id, people: unreadable }, UNREADABLE);
    // kill point: slice-written
    // Not noted: paused, canceled, or taken over.
    const noted = await advancePlan(desk.store, campaign, slice, desk.now());
    if (!noted) return leavePlan(desk.store, campaign).then(() => false);
    // kill point: slice-noted
    if (reached && limit !== null)
      return pauseUnready(desk, campaign, new Refused(limit.why)).then(() => false);
    if (slice.complete || slice.yields) return true;
    campaign = { ...campaign, plan: after(campaign.plan, slice), halted: null };
  }
}

const after = (plan: Plan, { to, people, planned }: Pick<Slice, 'to' | 'people' | 'planned'>): Plan => ({
  ...plan,
  cursor: to ?? plan.cursor,
  people: plan.people + people,
  planned: plan.planned + planned,
});

/** Postpones planning where it is not known yet who got another campaign that its segment asks about. */
async function restUnnoted(desk: Desk, campaign: CampaignDoc, { waits }: Unnoted): Promise<void> {
  const now = desk.now();
  const why = campaign.when?.local?.missed === 'skip' ? `${waits} ${SKIPS_MEANWHILE}` : waits;
  const until = new Date(now.getTime() + UNNOTED_MS);
  const rests = await restPlan(desk.store, campaign, { until, why, now });
  // Moved, or taken over, meanwhile.
  if (!rests) await leavePlan(desk.store, campaign);
  // Said once: it may wait for as long as another is paused.
  else if (campaign.halted?.why !== why)
    desk.log.warn({ campaign: campaign._id }, `a campaign waits: ${why}`);
}

/** The next slice, which may be written; null: moved, or taken over, while it was made. A row written now nobody would end. */
async function makeSlice(desk: Desk, going: Going, most: number | undefined): Promise<Slice | null> {
  const hold = () => renewPlan(desk.store, going.campaign, desk.now());
  const slice = await planSlice(desk, going, hold, most);
  return slice !== null && (await hold()) ? slice : null;
}

/** Where it is still being sent the slice is begun again: on a database that stays so slow it would be for ever. */
async function throwAway(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const state = await leavePlan(desk.store, campaign);
  if (state === 'sending') desk.log.warn({ campaign: campaign._id }, THROWN_AWAY);
}

/**
 * Throws `Refused` where its program ended or has its topic no more, its segment asks what has been sealed, or its test would not
 * be over by its deadline. Throws `Unnoted` where it is not known yet who got another that its segment asks about.
 */
async function readyOf(desk: Desk, campaign: CampaignDoc): Promise<Going> {
  await checkSealed(desk.store, campaign);
  const late = isLate(campaign, desk.now());
  // Before a wait for another: while it waits it can be edited.
  if (!late && isToBegin(campaign)) checkTestEnds(campaign, desk.now());
  const { frozen } = campaign;
  const leavesOut = frozen === null ? null : await checkNoted(desk, campaign, frozen.segment);
  const begins = !late && isToBegin(campaign);
  return goingOf(desk, begins ? await wentLate(desk, campaign) : campaign, leavesOut);
}

const isLate = ({ deadline }: CampaignDoc, now: Date): boolean => deadline !== null && deadline <= now;
