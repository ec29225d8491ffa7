import type { Desk } from '../consent/desk.ts';
import { type Move, move, type Steer } from '../domain/campaigns/moves.ts';
import { type Order, startOf, whenFault } from '../domain/campaigns/when.ts';
import { programById } from '../domain/program.ts';
import { isEveryone } from '../domain/segments/tree.ts';
import { type CampaignDoc, findCampaign, moveCampaign } from '../store/campaigns/campaigns.ts';
import type { Seen } from '../store/campaigns/flight.ts';
import { cancelRows, LEASE_MS } from '../store/campaigns/plan.ts';
import { endSteering, findSteering, hasOpenRun, leavePaused } from '../store/campaigns/runs.ts';
import { checkSeen } from './approve.ts';
import { resolveTree } from './audience/segments.ts';
import { checkStart } from './check-start.ts';
import { aboutOf, topicGone } from './flight/going.ts';
import { afterPause, recurring, runsToSteer } from './flight/repeat.ts';
import { CampaignRefused, MovedMeanwhile, refusalOf } from './refused.ts';
import { copyOf } from './words/frozen-copy.ts';
import { namedTemplate } from './words/named-template.ts';

/** `by`: id of the API key that asks; null where somebody only looks. */
export type Start = Order & { everyone: boolean; by: string | null };

/**
 * Freezes audience and words of a draft and lets it be planned when its time comes. Null where there is no such
 * campaign. Throws `CampaignRefused`, and `SegmentRefused` where its segment names what is gone.
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
    throw new CampaignRefused(
      'Its program has ended. Make it active, PUT /programs/{id}, or draft it for another.',
    );
  }
  if (aboutOf(desk, campaign) === null) throw new CampaignRefused(topicGone(campaign));
  const fault = whenFault(start, program.zone, now, campaign.split?.test);
  if (fault !== null) throw new CampaignRefused(fault.why, fault.field);
  const template = await namedTemplate(desk.store, campaign, campaign.template);
  const segment = await resolveTree(desk.store, book, campaign.segment, null);
  if (isEveryone(segment) && campaign.missed === undefined && !start.everyone) {
    throw new CampaignRefused(
      'It would go to everyone who may get it. Say so: "everyone": true.',
      'everyone',
    );
  }
  const startAt = startOf(start, program.zone, now);
  const variants = await checkStart(desk, campaign, { start, startAt, program, template, segment });
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

/** `withAll`: a run, since its recurrence is. `seen`: what was done about why it paused by itself, where it did. */
type Asked = { withAll?: string | null; seen?: Seen };

/** Pauses, resumes or cancels. Null where there is no such campaign. Throws `CampaignRefused`. */
export async function steerCampaign(
  desk: Desk,
  id: string,
  how: Steer,
  { withAll = null, seen }: Asked = {},
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const now = desk.now();
  const to = moveOrThrow(campaign, how, now);
  if (how === 'resume') {
    if (withAll !== null && campaign.pausedWith !== withAll) throw new MovedMeanwhile();
    refuseUnready(campaign, seen);
    await checkSeen(desk, campaign);
  }
  const state = to === 'scheduled' && campaign.plan.complete ? 'sending' : to;
  const goesOn = how === 'resume' ? { ...(await goingOn(desk, campaign, now)), restsUntil: null } : {};
  // Of one that a person pauses it would read as why.
  const unhalted = how === 'cancel' ? {} : { halted: null };
  const held = campaign.runOf === undefined ? {} : { pausedWith: how === 'pause' ? withAll : null };
  const ended = state === 'canceled' ? { endedAt: now } : {};
  const toRuns = campaign.repeat === undefined ? {} : { steering: { how, from: later(now, HANDOVER_MS) } };
  const change = { state, updatedAt: now, ...goesOn, ...unhalted, ...held, ...ended, ...toRuns };
  const after = moved(
    await moveCampaign(desk.store, campaign, change, {
      asRead: how === 'resume',
      ...(state === 'canceled' ? { sweptFrom: later(now, LEASE_MS) } : {}),
      ...(seen === undefined ? {} : { seen }),
    }),
  );
  if (state === 'canceled') await cancelRows(desk.store, id);
  await steerRuns(desk, after);
  return after;
}

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** Where a run paused by itself, or is written anew, its recurrence goes on without it: it is resumed by its own id. */
function refuseUnready({ trip, stale }: CampaignDoc, seen: Seen | undefined): void {
  if (trip?.at.getTime() !== seen?.trip.at.getTime()) {
    if (seen !== undefined) throw new MovedMeanwhile();
    throw new CampaignRefused('It paused by itself: say what was done about it.', 'note');
  }
  if (stale === true) {
    throw new CampaignRefused('Its messages are still being written anew. Resume it in a moment.');
  }
}

/** How long whoever moves a recurrence has its runs for itself, ms. */
const HANDOVER_MS = 2000;

/** Carries on moves of recurrences that did not come to all their runs, as where whoever made them died. */
export async function steerLeftRuns(desk: Desk): Promise<void> {
  for (const campaign of await findSteering(desk.store, desk.now())) await steerRuns(desk, campaign);
}

/** A planner may take a run up just as it is to be steered: then it is looked at once more. */
const TRIES = 4;

/** Moves the runs of a recurrence with it, as far as they can be moved. */
async function steerRuns(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const { _id, steering } = campaign;
  if (steering === undefined) return;
  for (let tries = 0; tries < TRIES; tries++) {
    const runs = await runsToSteer(desk, _id, steering.how);
    if (runs.length === 0) return endSteering(desk.store, _id, steering);
    for (const run of runs) await steerRun(desk, run, steering.how, _id);
  }
}

async function steerRun(desk: Desk, run: string, how: Steer, withAll: string): Promise<void> {
  try {
    await steerCampaign(desk, run, how, { withAll });
  } catch (error) {
    if (!(error instanceof CampaignRefused)) throw error;
    // Asked once: its people are not counted again for the same answer, nor does a later resume take it along.
    if (how === 'resume' && !(error instanceof MovedMeanwhile)) await leavePaused(desk.store, run);
  }
}

/** What a pause changed of a recurrence. Throws `CampaignRefused` where neither a time nor an open run is left. */
async function goingOn(
  desk: Desk,
  { _id, repeat }: CampaignDoc,
  now: Date,
): Promise<Pick<CampaignDoc, 'repeat'>> {
  if (repeat === undefined) return {};
  const after = afterPause(repeat, now);
  if (after.nextAt === null && !(await hasOpenRun(desk.store, _id, now)))
    throw new CampaignRefused('Its last time has passed: it runs no more. Cancel it.');
  return { repeat: after };
}

function moveOrThrow(campaign: CampaignDoc, how: Move, now: Date): CampaignDoc['state'] {
  const moved = move(campaign, how, now);
  if (!moved.ok) throw new CampaignRefused(moved.why);
  return moved.to;
}

function moved(after: CampaignDoc | null): CampaignDoc {
  if (after === null) throw new MovedMeanwhile();
  return after;
}
