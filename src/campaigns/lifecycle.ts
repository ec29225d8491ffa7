import type { AppContext } from '../consent/app-context.ts';
import { asRefusal, CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import { tripSentence } from '../domain/campaigns/auto-pause.ts';
import {
  type CampaignCommand,
  type RunLeft,
  type StateCommand,
  transitionTo,
} from '../domain/campaigns/lifecycle.ts';
import { afterPause } from '../domain/campaigns/recurrence.ts';
import { programById } from '../domain/program.ts';
import {
  type CampaignDoc,
  OPEN_STATES,
  type PauseAcknowledged,
} from '../store/campaigns/campaign-document.ts';
import { findCampaign, moveCampaign } from '../store/campaigns/campaigns.ts';
import { cancelRows } from '../store/campaigns/ending.ts';
import { PLAN_LEASE_MS } from '../store/campaigns/planning.ts';
import { findRuns, hasOpenRun } from '../store/campaigns/recurrence.ts';
import { requireApprovalToResume } from './approval.ts';
import { checkSealed, PROGRAM_ENDED, programAndTopic, topicGone } from './content.ts';
import { checkTestEnds, requireTestedMessages } from './experiment.ts';

/**
 * Resumes a paused campaign. After an automatic pause a note is required that says what was done; from then on only
 * messages sent later are judged. Null where there is no such campaign. Throws `CommandRefused`.
 */
export async function resumeCampaign(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  id: string,
  { by, note }: { by: string; note: string | null },
): Promise<ChangedCampaign | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  const at = context.now();
  // Checked before the deadline, because a later deadline would not help here.
  await requireTestedMessages(context, campaign);
  const moved = transitionTo(campaign, 'resume', at);
  if (!moved.ok) throw new CommandRefused(moved.why);
  const { book } = context.catalog.current();
  if (programById(book, campaign.program)?.status !== 'active') {
    throw new CommandRefused(PROGRAM_ENDED);
  }
  if (programAndTopic(context, campaign) === null) throw new CommandRefused(topicGone(campaign));
  if (!campaign.plan.complete) await checkSealed(context.store, campaign);
  const { trip } = campaign;
  if (trip == null) return changeState(context, id, 'resume', { by });
  if (note === null) {
    throw new CommandRefused(`${tripSentence(trip)} Write in "note" what was done about it.`, 'note');
  }
  return changeState(context, id, 'resume', { by, seen: { by, at, note, trip } });
}

/** `by`: id of the API key that acts. `seen`: the acknowledgement of an automatic pause. */
type StateChangeOptions = { by?: string; seen?: PauseAcknowledged };

/** A campaign after a move; for a recurrence also its open runs in their current states. */
export type ChangedCampaign = CampaignDoc & { openRuns?: RunLeft[] };

/**
 * Pauses, resumes or cancels a campaign. Pausing or canceling a recurrence also moves its open runs, one by one;
 * resuming moves the recurrence alone. Null where there is no such campaign. Throws `CommandRefused`.
 */
export async function changeState(
  context: Pick<AppContext, 'now' | 'store'>,
  id: string,
  how: StateCommand,
  options: StateChangeOptions = {},
): Promise<ChangedCampaign | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  if (how === 'resume') await requireTestedMessages(context, campaign);
  const to = moveOrThrow(campaign, how, context.now());
  // The move was made before: the client got no answer and repeats the request.
  const after =
    to === campaign.state ? campaign : await changeOne(context, campaign, how, { ...options, to });
  return campaign.repeat === undefined
    ? after
    : { ...after, openRuns: await changeRunStates(context, id, how, options) };
}

async function changeOne(
  context: Pick<AppContext, 'now' | 'store'>,
  campaign: CampaignDoc,
  how: StateCommand,
  { to, by, seen }: StateChangeOptions & { to: CampaignDoc['state'] },
): Promise<CampaignDoc> {
  if (how === 'resume') {
    refuseUnready(campaign, seen);
    checkTestEnds(campaign, context.now());
    await requireApprovalToResume(context, campaign);
  }
  const now = context.now();
  const change = await changeOf(context, campaign, how, { to, now, by });
  const options = {
    asRead: how === 'resume',
    ...(how === 'cancel' ? { sweptFrom: new Date(now.getTime() + PLAN_LEASE_MS) } : {}),
    ...(seen === undefined ? {} : { seen }),
  };
  const there = moved(await moveCampaign(context.store, campaign, change, options));
  if (how === 'cancel') await cancelRows(context.store, campaign._id);
  return there;
}

/** The fields that a move changes. */
async function changeOf(
  context: Pick<AppContext, 'store'>,
  campaign: CampaignDoc,
  how: StateCommand,
  { to, now, by }: { to: CampaignDoc['state']; now: Date; by: string | undefined },
) {
  const goesOn =
    how === 'resume'
      ? { ...(await continued(context, campaign, now)), restsUntil: null, pausedBy: null }
      : {};
  return {
    state: to === 'scheduled' && campaign.plan.complete ? ('sending' as const) : to,
    updatedAt: now,
    ...goesOn,
    ...(how === 'pause' && by !== undefined ? { pausedBy: { by, at: now } } : {}),
    ...(how === 'cancel' ? { endedAt: now } : {}),
    // An old reason would read as the reason for this pause, or as if an ended campaign still waited.
    ...(how === 'cancel' && campaign.state === 'paused' ? {} : { halted: null }),
  };
}

function refuseUnready({ trip, stale }: CampaignDoc, seen: PauseAcknowledged | undefined): void {
  if (trip?.at.getTime() !== seen?.trip.at.getTime()) {
    if (seen !== undefined) throw new ConcurrentChange();
    throw new CommandRefused('The campaign paused itself. Write in "note" what was done about it.', 'note');
  }
  if (stale === true) {
    throw new CommandRefused('Its messages are still being rewritten. Resume it in a moment.');
  }
}

/**
 * The most attempts to move a run. A planner may change the run at the same moment; the move is then tried again.
 */
const TRIES = 4;

/** Moves the open runs of a recurrence, which makes no new ones from now on. Returns each run's state. */
async function changeRunStates(
  context: Pick<AppContext, 'now' | 'store'>,
  recurrence: string,
  how: StateCommand,
  { by }: StateChangeOptions,
): Promise<RunLeft[]> {
  const runs: RunLeft[] = [];
  for (const id of await findRuns(context.store, recurrence, OPEN_STATES)) {
    if (how !== 'resume') await changeRunState(context, id, how, by === undefined ? {} : { by });
    const run = await findCampaign(context.store, id);
    if (run !== null) runs.push({ id, state: run.state });
  }
  return runs;
}

async function changeRunState(
  context: Pick<AppContext, 'now' | 'store'>,
  run: string,
  how: StateCommand,
  options: StateChangeOptions,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const after = await changeState(context, run, how, options).catch(asRefusal);
    // Any other refusal means that the run is moved already, or over.
    if (!(after instanceof ConcurrentChange)) return;
  }
}

/** The recurrence after a pause. Throws `CommandRefused` where neither a time nor an open run is left. */
async function continued(
  context: Pick<AppContext, 'store'>,
  { _id, repeat }: CampaignDoc,
  now: Date,
): Promise<Pick<CampaignDoc, 'repeat'>> {
  if (repeat === undefined) return {};
  const after = afterPause(repeat, now);
  if (after.nextAt === null && !(await hasOpenRun(context.store, _id, now)))
    throw new CommandRefused('Its last time has passed, so it does not run again. Cancel it.');
  return { repeat: after };
}

export function moveOrThrow(campaign: CampaignDoc, how: CampaignCommand, now: Date): CampaignDoc['state'] {
  const moved = transitionTo(campaign, how, now);
  if (!moved.ok) throw new CommandRefused(moved.why);
  return moved.to;
}

export function moved(after: CampaignDoc | null): CampaignDoc {
  if (after === null) throw new ConcurrentChange();
  return after;
}
