import { later, MINUTE_MS } from '../durations.ts';
import type { Split } from './experiment.ts';
import { isPlanned, type Movable } from './lifecycle.ts';
import { TEST_RUNS, type When, whenFault } from './schedule.ts';

/**
 * The part of a campaign that its edits depend on. `repeats`: the campaign is a recurrence, whose runs have
 * deadlines of their own. `begun`: at least one delivery exists. `claimed`: a worker holds the campaign's claim and
 * may write a delivery at any moment.
 */
export type Editable = Pick<Movable, 'state' | 'deadline' | 'plan'> & {
  startAt: Date | null;
  when: When | null;
  test: Split['test'];
  /** True while the winner of the campaign's A/B test is not chosen. */
  awaitsWinner: boolean;
  plannedAt: Date | null;
  repeats: boolean;
  /** The recurrence that a run belongs to; null for other campaigns. */
  runOf: string | null;
  begun: boolean;
  claimed: boolean;
};

/**
 * What an edit of a paused campaign changes: the words and the deadline for people whose message was not sent yet,
 * and the start (`at`) while no delivery exists. `deadline` undefined: unchanged; null: none.
 */
export type EditOrder = { words: boolean; deadline?: Date | null; at?: Date };

/** Says what is wrong with an edit of a started campaign, with the next step; null where the edit is allowed. */
export function editFault(
  campaign: Editable,
  order: EditOrder,
  now: Date,
): { field: string | null; why: string } | null {
  const { state } = campaign;
  switch (state) {
    case 'draft':
      return { field: null, why: 'It is a draft: save it whole, PUT /campaigns/{id}.' };
    case 'scheduled':
    case 'sending':
      return {
        field: null,
        why: 'It is under way. Pause it, POST /campaigns/{id}/pause, edit it, then resume it.',
      };
    case 'finished':
    case 'canceled':
      return { field: null, why: 'It is over. Make another campaign.' };
    case 'paused':
      return pausedFault(campaign, order, now);
    default:
      return state satisfies never;
  }
}

function pausedFault(
  campaign: Editable,
  { words, deadline, at }: EditOrder,
  now: Date,
): { field: string; why: string } | null {
  if (!words && deadline === undefined && at === undefined) {
    return { field: 'words', why: 'Say what changes: "words": true, a deadline, or "at".' };
  }
  if (words && campaign.awaitsWinner && !campaign.repeats) return TESTED;
  if (words && campaign.runOf !== null) return { field: 'words', why: isRun(campaign.runOf) };
  const { startAt } = campaign;
  const until = deadline === undefined ? campaign.deadline : deadline;
  const fault = at === undefined ? null : timeFault(campaign, { at, deadline: until }, now);
  if (fault !== null || deadline === undefined) return fault;
  if (isPlanned(campaign) && campaign.deadline !== null && campaign.deadline <= now) return EXPIRED;
  return deadlineFault(deadline, { ...campaign, startAt: at ?? startAt }, now);
}

/** New words in a running test would be credited with the clicks and replies that the old words earned. */
const TESTED = {
  field: 'words',
  why: 'Its A/B test is running and compares the wordings that people have seen. Wait for the winner, or cancel the campaign.',
};

const isRun = (recurrence: string): string =>
  `It is a run of "${recurrence}", and a run keeps its words. Cancel it; later runs have new words once "${recurrence}" is paused, edited and resumed.`;

/**
 * The refusal where every recipient has a delivery: those that waited have expired, and an expired delivery is
 * never planned again.
 */
const EXPIRED = {
  field: 'deadline',
  why: 'The deadline has passed, and the messages that waited then have expired. Cancel the campaign; POST /campaigns/{id}/missed then drafts another for their recipients.',
};

/** An absolute time is the same in every zone, so any zone will do. */
const NO_ZONE = 'UTC';

function timeFault(
  { when, test, repeats, runOf, begun, claimed }: Editable,
  { at, deadline }: { at: Date; deadline: Date | null },
  now: Date,
): { field: string; why: string } | null {
  const no = (why: string) => ({ field: 'at', why });
  if (repeats) return no('A recurrence starts by its cron. Cancel it, and draft another with other times.');
  if (runOf !== null)
    return no('The recurrence sets the time of its runs. A paused run is sent when it is resumed.');
  if (when !== null && when.local !== null)
    return no(
      "The campaign is sent by each person's local time. Cancel it, and draft another for another time.",
    );
  if (begun) return no('The campaign has begun: messages are planned or sent. Cancel it, and draft another.');
  if (claimed) return no('A worker is still planning it. Try again in a moment.');
  const order = { at, deadline, local: null, spreadMs: when?.spreadMs ?? 0, repeat: null };
  const fault = whenFault(order, NO_ZONE, now, test);
  // An edit cannot change the spread, so the refusal names the deadline, which an edit can move.
  return fault?.field === 'spread_minutes' ? { ...fault, field: 'deadline' } : fault;
}

function deadlineFault(
  deadline: Date | null,
  campaign: Editable,
  now: Date,
): { field: string; why: string } | null {
  const no = (why: string) => ({ field: 'deadline', why });
  const { startAt, repeats } = campaign;
  if (repeats) return no('It is a recurrence, and each run has a deadline of its own. Edit a paused run.');
  if (deadline === null) return null;
  if (deadline <= now) return no('The deadline has passed, so no message could be sent.');
  if (startAt !== null && deadline <= startAt) return no('The deadline must come after the start.');
  return endsInTest({ ...campaign, deadline }, now) ? no(TEST_RUNS) : null;
}

/** The part of a campaign that the end of its test depends on. */
export type Tested = Pick<Editable, 'deadline' | 'startAt' | 'when' | 'test' | 'awaitsWinner' | 'plannedAt'>;

/** True where the deadline comes before the people who wait for the test's winner can get their message. */
export const endsInTest = (campaign: Tested, now: Date): boolean =>
  campaign.awaitsWinner && campaign.deadline !== null && campaign.deadline <= testedUntil(campaign, now);

/** The latest time at which the people who wait for the winner get their message, if nothing delays it. */
function testedUntil({ test, when, startAt, plannedAt }: Tested, now: Date): Date {
  const after = (from: Date, ms: number): Date => later(now, new Date(from.getTime() + ms));
  const spreadMs = when?.spreadMs ?? 0;
  const waitsFrom = plannedAt ?? after(startAt ?? now, spreadMs);
  const winnerAt = after(waitsFrom, (test?.waitMinutes ?? 0) * MINUTE_MS);
  return new Date(winnerAt.getTime() + spreadMs);
}
