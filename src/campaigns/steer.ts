import type { Desk } from '../consent/desk.ts';
import { type Move, move, type Steer } from '../domain/campaigns/moves.ts';
import { firstAsked, type Order, startOf, whenFault } from '../domain/campaigns/when.ts';
import { programById } from '../domain/program.ts';
import { isEveryone } from '../domain/segments/tree.ts';
import { type CampaignDoc, findCampaign, moveCampaign } from '../store/campaigns/campaigns.ts';
import type { Seen } from '../store/campaigns/flight.ts';
import { cancelRows } from '../store/campaigns/plan.ts';
import { PLAN_LEASE_MS } from '../store/campaigns/plan-lease.ts';
import { hasOpenRun } from '../store/campaigns/runs.ts';
import { type Mark, moveWithAll, renewSteering, steeringBy } from '../store/campaigns/steering.ts';
import { checkResumed } from './approve.ts';
import { refuseRing, unnotedAt } from './audience/check-noted.ts';
import { draftTree } from './audience/segments.ts';
import { checkStart } from './check-start.ts';
import { checkTestEnds } from './edit.ts';
import { checkTried } from './flight/choose-winner.ts';
import { aboutOf, topicGone } from './flight/going.ts';
import { leaveRefused, leaveSteering, leaveUncounted } from './flight/leave-run.ts';
import { afterPause, recurring, runsToSteer } from './flight/repeat.ts';
import { UNCOUNTED } from './flight/rest-untold.ts';
import { MovedMeanwhile, Refused, refusalOf, Stale, Untold } from './refused.ts';
import { copyOf } from './words/frozen-copy.ts';
import { namedTemplate } from './words/named-template.ts';

/** `by`: id of the API key that asks; null where somebody only looks. */
export type Start = Order & { everyone: boolean; by: string | null };

/**
 * Freezes audience and words of a draft and lets it be planned when its time comes. Null where there is no such
 * campaign. Throws `Refused`, and `SegmentRefused` where its segment names what is gone.
 */
export async function startCampaign(desk: Desk, id: string, start: Start): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const change = await startOrThrow(desk, campaign, start);
  return moved(await moveCampaign(desk.store, campaign, change, { asRead: true }));
}

/**
 * The sentence that a start of a draft would be refused with as things stand; null: none. Nothing is kept, not that it
 * was asked either. Throws `SegmentRefused`.
 */
export async function startRefusal(
  desk: Desk,
  campaign: CampaignDoc,
  order: Omit<Start, 'by'>,
): Promise<string | null> {
  const refused = await startOrThrow(desk, campaign, { ...order, by: null }).then(() => null, refusalOf);
  return refused?.message ?? null;
}

/** What a start changes of a campaign. */
async function startOrThrow(desk: Desk, campaign: CampaignDoc, start: Start) {
  const now = desk.now();
  const to = moveOrThrow(campaign, 'start', now);
  const { book } = desk.catalog.current();
  const program = programById(book, campaign.program);
  if (program?.status !== 'active') {
    throw new Refused('Its program has ended. Make it active, PUT /programs/{id}, or draft it for another.');
  }
  if (aboutOf(desk, campaign) === null) throw new Refused(topicGone(campaign));
  const fault = whenFault(start, program.zone, now, campaign.split?.test);
  if (fault !== null) throw new Refused(fault.why, fault.field);
  const template = await namedTemplate(desk.store, campaign, campaign.template);
  const startAt = startOf(start, program.zone, now);
  const segment = await draftTree(desk.store, book, campaign, firstAsked(start, program.zone, now));
  if (isEveryone(segment) && campaign.missed === undefined && !start.everyone) {
    throw new Refused('It would go to everyone who may get it. Say so: "everyone": true.', 'everyone');
  }
  await refuseRing(desk, campaign, segment);
  // Of a recurrence it is looked at each run, and later once more when its time comes.
  const untold =
    start.repeat === null ? await unnotedAt(desk, { ...campaign, startAt }, segment, startAt) : null;
  if (untold !== null && startAt <= now) throw untold;
  const asked = { start, startAt, isTold: untold === null };
  const variants = await checkStart(desk, campaign, { ...asked, program, template, segment });
  const { local, spreadMs } = start;
  return {
    state: to,
    startAt,
    deadline: start.deadline,
    updatedAt: now,
    frozen: { segment, template, copy: copyOf(desk, program), at: startAt, ...variants },
    awaitsWinner: campaign.split?.test != null,
    ...(start.by === null ? {} : { startedBy: start.by }),
    ...(local === null && spreadMs === 0 ? {} : { when: { local, spreadMs } }),
    ...(start.repeat === null ? {} : { repeat: recurring(start.repeat, program.zone, now) }),
  };
}

/**
 * `withAll`: a run, since its recurrence is; `uncountable`: another could not be counted. `seen`: what was done about why
 * it paused by itself, where it did.
 */
type Asked = { withAll?: Mark | null; uncountable?: boolean; seen?: Seen };

/** Pauses, resumes or cancels. Null where there is no such campaign. Throws `Refused`. */
export async function steerCampaign(
  desk: Desk,
  id: string,
  how: Steer,
  { withAll = null, uncountable = false, seen }: Asked = {},
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  if (how === 'resume') await checkTried(desk, campaign);
  const to = moveOrThrow(campaign, how, desk.now());
  let waits: Pick<CampaignDoc, 'halted'> = {};
  if (how === 'resume') {
    if (withAll !== null && campaign.pausedWith !== withAll.recurrence) throw new MovedMeanwhile();
    refuseUnready(campaign, seen);
    checkTestEnds(campaign, desk.now());
    waits = await checkResumed(desk, campaign, uncountable);
  }
  const now = desk.now();
  const change = { ...(await changeOf(desk, campaign, how, { to, withAll, now })), ...waits };
  const options = {
    asRead: how === 'resume',
    ...(how === 'cancel' ? { sweptFrom: new Date(now.getTime() + PLAN_LEASE_MS) } : {}),
    ...(seen === undefined ? {} : { seen }),
  };
  const { store } = desk;
  const after =
    withAll === null
      ? moveCampaign(store, campaign, change, options)
      : moveWithAll(store, withAll, campaign, change, options);
  const there = moved(await after);
  if (how === 'cancel') await cancelRows(store, id);
  if (change.steering !== undefined) await steerRuns(desk, { recurrence: id, ...change.steering });
  return there;
}

/** What one of these moves changes of a campaign. */
async function changeOf(
  desk: Desk,
  campaign: CampaignDoc,
  how: Steer,
  { to, withAll, now }: { to: CampaignDoc['state']; withAll: Mark | null; now: Date },
) {
  const goesOn = how === 'resume' ? { ...(await goingOn(desk, campaign, now)), restsUntil: null } : {};
  const heldBy = how === 'pause' && withAll !== null ? withAll.recurrence : null;
  return {
    state: to === 'scheduled' && campaign.plan.complete ? ('sending' as const) : to,
    updatedAt: now,
    ...goesOn,
    ...(how === 'cancel' ? { endedAt: now } : {}),
    // Of one that a person pauses it would read as why, and of one that is over as if it still waited.
    ...(how === 'cancel' && campaign.state === 'paused' ? {} : { halted: null }),
    ...(campaign.runOf === undefined ? {} : { pausedWith: heldBy }),
    ...(campaign.repeat === undefined ? {} : { steering: steeringBy(how, now) }),
  };
}

/** Where a run paused by itself, or is written anew, its recurrence goes on without it: it is resumed by its own id. */
function refuseUnready({ trip, stale }: CampaignDoc, seen: Seen | undefined): void {
  if (trip?.at.getTime() !== seen?.trip.at.getTime()) {
    if (seen !== undefined) throw new MovedMeanwhile();
    throw new Refused('It paused by itself: say what was done about it.', 'note');
  }
  if (stale === true) {
    throw new Stale();
  }
}

/** A planner may take a run up just as it is to be steered: then it is looked at once more. */
const TRIES = 4;

/** Until a run whose rows are being written anew is asked again, ms. */
const STALE_MS = 5000;

/**
 * Moves the runs of a recurrence with it, as far as they can be moved, and as long as nobody moved it since or carries
 * this move on instead; those that cannot go on yet when it is carried on again, nor is any counted once one could not be.
 * A run that fails leaves the others their turn; then it rejects.
 */
export async function steerRuns(desk: Desk, mark: Mark, mayGoOn: () => boolean = () => true): Promise<void> {
  const waiting = new Map<string, number>();
  // Of the same segment: each would take as long.
  const counting = { failed: false };
  for (let tries = 0; tries < TRIES; tries++) {
    const left = await runsToSteer(desk, mark.recurrence, mark.how);
    const runs = left.filter((run) => !waiting.has(run));
    if (runs.length === 0) return leaveSteering(desk, mark, [...waiting.values()]);
    const failed: unknown[] = [];
    let stands = true;
    for (const run of runs) {
      stands = mayGoOn() && (await renewSteering(desk.store, mark, desk.now()));
      if (!stands) break;
      const asked = steerRun(desk, run, mark, counting);
      const waitMs = await asked.catch((error: unknown) => void failed.push(error));
      if (waitMs != null) waiting.set(run, waitMs);
    }
    if (failed.length > 0) throw failed[0];
    if (!stands) return;
  }
}

/** How long until it is to be asked again, ms; null: it is not. */
async function steerRun(
  desk: Desk,
  run: string,
  mark: Mark,
  counting: { failed: boolean },
): Promise<number | null> {
  const uncountable = counting.failed;
  try {
    const after = await steerCampaign(desk, run, mark.how, { withAll: mark, uncountable });
    counting.failed ||= after?.halted?.why === UNCOUNTED;
    return null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (mark.how !== 'resume' || error instanceof MovedMeanwhile) return null;
    if (error instanceof Stale) return STALE_MS;
    if (error instanceof Untold) {
      counting.failed = true;
      return leaveUncounted(desk, run, mark, uncountable ? 'others' : 'own');
    }
    await leaveRefused(desk, run, mark, error.message);
    return null;
  }
}

/** What a pause changed of a recurrence. Throws `Refused` where neither a time nor an open run is left. */
async function goingOn(
  desk: Desk,
  { _id, repeat }: CampaignDoc,
  now: Date,
): Promise<Pick<CampaignDoc, 'repeat'>> {
  if (repeat === undefined) return {};
  const after = afterPause(repeat, now);
  if (after.nextAt === null && !(await hasOpenRun(desk.store, _id, now)))
    throw new Refused('Its last time has passed: it runs no more. Cancel it.');
  return { repeat: after };
}

function moveOrThrow(campaign: CampaignDoc, how: Move, now: Date): CampaignDoc['state'] {
  const moved = move(campaign, how, now);
  if (!moved.ok) throw new Refused(moved.why);
  return moved.to;
}

function moved(after: CampaignDoc | null): CampaignDoc {
  if (after === null) throw new MovedMeanwhile();
  return after;
}
