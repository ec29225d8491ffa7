import type { Desk } from '../consent/desk.ts';
import { type Move, move, type RunLeft, type Steer } from '../domain/campaigns/moves.ts';
import { firstAsked, type Order, startOf, whenFault } from '../domain/campaigns/when.ts';
import { programById } from '../domain/program.ts';
import { isEveryone } from '../domain/segments/tree.ts';
import { type CampaignDoc, findCampaign, moveCampaign, OPEN_STATES } from '../store/campaigns/campaigns.ts';
import type { Seen } from '../store/campaigns/flight.ts';
import { cancelRows } from '../store/campaigns/plan.ts';
import { PLAN_LEASE_MS } from '../store/campaigns/plan-lease.ts';
import { findRuns, hasOpenRun } from '../store/campaigns/runs.ts';
import { checkResumed } from './approve.ts';
import { refuseRing, unnotedAt } from './audience/check-noted.ts';
import { draftTree } from './audience/segments.ts';
import { checkStart } from './check-start.ts';
import { checkTestEnds } from './edit.ts';
import { checkTried } from './flight/choose-winner.ts';
import { aboutOf, topicGone } from './flight/going.ts';
import { afterPause, recurring } from './flight/repeat.ts';
import { MovedMeanwhile, Refused, refusalOf } from './refused.ts';
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

/** `seen`: what was done about why it paused by itself, where it did. */
type Asked = { seen?: Seen };

/** A campaign that was moved; of a recurrence with its open runs as they are by now. */
export type Steered = CampaignDoc & { openRuns?: RunLeft[] };

/**
 * Pauses, resumes or cancels; a recurrence with its open runs, one by one, but for a resume, which moves the recurrence alone.
 * Null where there is no such campaign. Throws `Refused`.
 */
export async function steerCampaign(
  desk: Desk,
  id: string,
  how: Steer,
  asked: Asked = {},
): Promise<Steered | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  if (how === 'resume') await checkTried(desk, campaign);
  const to = moveOrThrow(campaign, how, desk.now());
  // Asked for again, since there was no answer.
  const after = to === campaign.state ? campaign : await steerOne(desk, campaign, how, { ...asked, to });
  return campaign.repeat === undefined ? after : { ...after, openRuns: await steerRuns(desk, id, how) };
}

async function steerOne(
  desk: Desk,
  campaign: CampaignDoc,
  how: Steer,
  { to, seen }: Asked & { to: CampaignDoc['state'] },
): Promise<CampaignDoc> {
  if (how === 'resume') {
    refuseUnready(campaign, seen);
    checkTestEnds(campaign, desk.now());
    await checkResumed(desk, campaign);
  }
  const now = desk.now();
  const change = await changeOf(desk, campaign, how, { to, now });
  const options = {
    asRead: how === 'resume',
    ...(how === 'cancel' ? { sweptFrom: new Date(now.getTime() + PLAN_LEASE_MS) } : {}),
    ...(seen === undefined ? {} : { seen }),
  };
  const there = moved(await moveCampaign(desk.store, campaign, change, options));
  if (how === 'cancel') await cancelRows(desk.store, campaign._id);
  return there;
}

/** What one of these moves changes of a campaign. */
async function changeOf(
  desk: Desk,
  campaign: CampaignDoc,
  how: Steer,
  { to, now }: { to: CampaignDoc['state']; now: Date },
) {
  const goesOn = how === 'resume' ? { ...(await goingOn(desk, campaign, now)), restsUntil: null } : {};
  return {
    state: to === 'scheduled' && campaign.plan.complete ? ('sending' as const) : to,
    updatedAt: now,
    ...goesOn,
    ...(how === 'cancel' ? { endedAt: now } : {}),
    // Of one that a person pauses it would read as why, and of one that is over as if it still waited.
    ...(how === 'cancel' && campaign.state === 'paused' ? {} : { halted: null }),
  };
}

function refuseUnready({ trip, stale }: CampaignDoc, seen: Seen | undefined): void {
  if (trip?.at.getTime() !== seen?.trip.at.getTime()) {
    if (seen !== undefined) throw new MovedMeanwhile();
    throw new Refused('It paused by itself: say what was done about it.', 'note');
  }
  if (stale === true) {
    throw new Refused('Its messages are still being written anew. Resume it in a moment.');
  }
}

/** A planner may take a run up just as it is to be moved: then it is tried once more. */
const TRIES = 4;

/** Moves the open runs of a recurrence, which makes no others from now on, and says how each is left. */
async function steerRuns(desk: Desk, recurrence: string, how: Steer): Promise<RunLeft[]> {
  const runs: RunLeft[] = [];
  for (const id of await findRuns(desk.store, recurrence, OPEN_STATES)) {
    if (how !== 'resume') await steerRun(desk, id, how);
    const run = await findCampaign(desk.store, id);
    if (run !== null) runs.push({ id, state: run.state });
  }
  return runs;
}

async function steerRun(desk: Desk, run: string, how: Steer): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const after = await steerCampaign(desk, run, how).catch(refusalOf);
    // Any other refusal says that it is moved already, or over.
    if (!(after instanceof MovedMeanwhile)) return;
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
