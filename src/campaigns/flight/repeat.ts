import type { Desk } from '../../consent/desk.ts';
import {
  PUNCTUAL_MS,
  type Repeat,
  timesAfter,
  turnAfterPause,
  turnAt,
} from '../../domain/campaigns/repeat.ts';
import { runId } from '../../domain/campaigns/run-id.ts';
import { type CampaignDoc, NO_PLAN, type Recurring } from '../../store/campaigns/campaigns.ts';
import { endRepeat, findDueRepeats, type Repeated, takeTurn } from '../../store/campaigns/runs.ts';

/** A recurrence before its first run. */
export function recurring(repeat: Repeat, zone: string, now: Date): Recurring {
  const [nextAt = null] = timesAfter(repeat, zone, now, 1);
  return { ...repeat, zone, nextAt, runs: 0, missed: 0, lastRun: null };
}

/** A recurrence as it goes on after a pause: times of the pause are not made up for. */
export function afterPause(repeat: Recurring, now: Date): Recurring {
  if (repeat.nextAt === null) return repeat;
  const { missed, next } = turnAfterPause(repeat, repeat.zone, repeat.nextAt, now);
  return { ...repeat, nextAt: next, missed: repeat.missed + missed };
}

/**
 * Makes the runs whose time has come, each once, however many processes look at once; ends recurrences that have neither
 * a time nor an open run left. Before that they can be paused and canceled, their last runs with them. One that fails is
 * told of, and leaves the others, and whatever else is planned, their turn.
 */
export async function makeDueRuns(desk: Desk): Promise<void> {
  const now = desk.now();
  for (const campaign of await findDueRepeats(desk.store, now)) {
    await takeUp(desk, campaign, now).catch((error: unknown) =>
      desk.log.error({ campaign: campaign._id, error }, 'a recurrence could not have its turn'),
    );
  }
}

async function takeUp(desk: Desk, campaign: Repeated, now: Date): Promise<void> {
  const { nextAt } = campaign.repeat;
  if (nextAt !== null) await makeRun(desk, campaign, nextAt, now);
  else if (await endRepeat(desk.store, campaign._id, now))
    desk.log.info({ campaign: campaign._id }, 'a recurrence ended');
}

async function makeRun(desk: Desk, campaign: Repeated, nextAt: Date, now: Date): Promise<void> {
  const { repeat } = campaign;
  const { run, missed, next } = turnAt(repeat, repeat.zone, nextAt, now);
  const made = run === null ? null : runOf(campaign, run, now);
  const after = {
    ...repeat,
    nextAt: next,
    runs: repeat.runs + (made === null ? 0 : 1),
    missed: repeat.missed + missed,
    lastRun: made?._id ?? repeat.lastRun,
  };
  if (!(await takeTurn(desk.store, campaign, after, made, now))) return;
  desk.log.info({ campaign: campaign._id, run: made?._id, missed }, 'a recurrence had its turn');
}

/** One run: a campaign of its own, with the words that were frozen and an audience as it is at its own time. */
function runOf(campaign: Repeated, time: Date, now: Date): CampaignDoc {
  const { repeat, ...same } = campaign;
  if (same.frozen === null) throw new Error('a recurrence was started without what it needs');
  const startAt = now.getTime() - time.getTime() > PUNCTUAL_MS ? now : time;
  return {
    ...same,
    _id: runId(campaign._id, time),
    state: 'scheduled',
    startAt,
    deadline: repeat.validMs === null ? null : new Date(time.getTime() + repeat.validMs),
    frozen: { ...same.frozen, at: startAt },
    plan: NO_PLAN,
    runOf: campaign._id,
    createdAt: now,
    updatedAt: now,
  };
}
