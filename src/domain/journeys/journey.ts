import type { Resolved, Tree } from '../segments/tree.ts';

/**
 * The most steps of a journey, and the longest wait before one, minutes: 400 days, as long as activity is
 * remembered.
 */
export const MOST_STEPS = 20;
const MOST_WAIT_MINUTES = 400 * 24 * 60;

/** The wait after the previous step, or after the trigger for the first step. The parts add up. */
export type Wait = { days?: number; hours?: number; minutes?: number };

export const minutesOf = ({ days = 0, hours = 0, minutes = 0 }: Wait): number =>
  (days * 24 + hours) * 60 + minutes;

/**
 * A segment tree as written, and the same tree resolved: every named segment is replaced by its tree at the time of
 * saving.
 */
export type SegmentQuery = { tree: Tree; resolved: Resolved };

/**
 * A word that people text, as its program spells it, and the topic that the word turns on; null: the word asks to
 * join.
 */
export type Keyword = { word: string; topic: string | null };

/** What starts a person's run through a journey. */
export type Trigger =
  /** The person confirms consent to the program, or turns one of these topics on. */
  | { kind: 'consent'; topics: readonly string[] | null }
  /** An event of the person, which an external system reports. */
  | { kind: 'event'; event: string }
  /** The person enters one of these stages. */
  | { kind: 'stage'; stages: readonly string[] }
  /** The person belongs to a segment. */
  | { kind: 'segment'; segment: SegmentQuery }
  /**
   * The person texts one of these words, and then has what the word asks for. `means`: the meaning of the words
   * when the journey was saved.
   */
  | { kind: 'keyword'; words: readonly string[]; means: readonly Keyword[] };

/** Whether a person may run through the journey again. `days`: the least time between two triggers that count. */
export type Reentry = { kind: 'once' } | { kind: 'again'; days: number };

/** A step waits, then checks a condition, then sends. Each part may be missing, but not all. */
export type JourneyStep = {
  id: string;
  wait: Wait;
  onlyIf: SegmentQuery | null;
  /** What happens where `onlyIf` is false: the person continues with the next step, or the run ends. */
  otherwise: 'skip' | 'end';
  message: { template: string; topic: string } | null;
};

/** One version of a journey. A version never changes. */
export type JourneyPlan = { trigger: Trigger; reentry: Reentry; steps: readonly JourneyStep[] };

/** A fault in a plan: the path of the field in the API body, and the problem. */
export type PlanFault = { field: string; problem: string };

/** Finds the faults in steps whose shape is already valid. `topics`: ids of the program's topics. */
export function stepFaults(steps: readonly JourneyStep[], topics: ReadonlySet<string>): PlanFault[] {
  const faults: PlanFault[] = [];
  const ids = new Set<string>();
  let messages = 0;
  for (const [at, { id, wait, onlyIf, message }] of steps.entries()) {
    const place = `steps.${at}`;
    const waits = minutesOf(wait);
    if (ids.has(id)) faults.push({ field: `${place}.id`, problem: 'Another step has this id.' });
    ids.add(id);
    if (waits > MOST_WAIT_MINUTES) {
      faults.push({ field: `${place}.wait`, problem: 'It is longer than 400 days.' });
    }
    if (waits === 0 && onlyIf === null && message === null) {
      faults.push({
        field: place,
        problem: 'The step does nothing. Give it a wait, an only_if or a message.',
      });
    }
    if (message === null) continue;
    if (!topics.has(message.topic)) {
      faults.push({ field: `${place}.message.topic`, problem: 'The program has no such topic.' });
    }
    messages += 1;
  }
  if (messages === 0) faults.push({ field: 'steps', problem: 'No step sends a message.' });
  return [...faults, ...bunchFaults(steps)];
}

/** Two messages with no wait between them would arrive as one burst. */
function bunchFaults(steps: readonly JourneyStep[]): PlanFault[] {
  const faults: PlanFault[] = [];
  let since: number | null = null;
  for (const [at, { wait, message }] of steps.entries()) {
    if (since !== null) since += minutesOf(wait);
    if (message === null) continue;
    if (since === 0) {
      faults.push({ field: `steps.${at}.wait`, problem: 'There is no wait since the message before.' });
    }
    since = 0;
  }
  return faults;
}

/**
 * What a running journey keeps from its last saved version because a new save could not, or must not, replace it.
 */
export type DeferredEntry = {
  /** Why the trigger could not be saved now. */
  beginning: readonly PlanFault[];
  /** Why the conditions of steps could not be saved now. */
  questions: readonly PlanFault[];
  /** The trigger could be saved now, but its meaning would change. */
  anew: boolean;
};

const ANEW =
  'Its segment or its program was changed, which would change its trigger. The journey keeps running, so it keeps its old trigger. To use the new trigger, stop the journey, save it and start it again. That ends it for everyone in it, and for good where each person goes through it once.';

/**
 * Says what the save did not take over, and why; null where the save took over everything. Where a trigger could
 * not be saved at all, the sentence does not advise to stop the journey, since a restart would not help.
 */
export function keptSentence({ beginning, questions, anew }: DeferredEntry): string | null {
  const of = (faults: readonly PlanFault[], so: string): string[] =>
    faults.map(({ field, problem }) => `“${field}” could not be saved now, so ${so}: ${problem}`);
  const said = [
    ...of(beginning, 'the journey keeps its trigger'),
    ...(anew && beginning.length === 0 ? [ANEW] : []),
    ...of(questions, 'the step keeps its condition'),
  ];
  return said.length === 0 ? null : said.join(' ');
}

export const JOURNEY_STATES = ['draft', 'running', 'paused', 'stopped'] as const;
export type JourneyState = (typeof JOURNEY_STATES)[number];

export const JOURNEY_MOVES = ['start', 'pause', 'stop'] as const;
export type JourneyMove = (typeof JOURNEY_MOVES)[number];

/**
 * The state that each move leads to from each state, or a sentence where the move is refused. `start` resumes after
 * a pause. `stop` may be repeated, because a first stop may have been interrupted.
 */
const TABLE: Record<JourneyMove, Record<JourneyState, JourneyState | { no: string }>> = {
  start: {
    draft: 'running',
    running: { no: 'The journey is running already.' },
    paused: 'running',
    stopped: 'running',
  },
  pause: {
    draft: { no: 'The journey was never started.' },
    running: 'paused',
    paused: { no: 'The journey is paused already.' },
    stopped: { no: 'The journey is stopped; start it again.' },
  },
  stop: {
    draft: { no: 'The journey was never started.' },
    running: 'stopped',
    paused: 'stopped',
    stopped: 'stopped',
  },
};

type JourneyMoved = { ok: true; to: JourneyState } | { ok: false; why: string };

export function moveJourney(from: JourneyState, how: JourneyMove): JourneyMoved {
  const to = TABLE[how][from];
  return typeof to === 'string' ? { ok: true, to } : { ok: false, why: to.no };
}

/**
 * The steps of a newer version that are left for a person who waits for a step of an older version. Where the newer
 * version still has that step, they begin with it; otherwise they are the steps after the last one that the person
 * has completed. The result may contain completed steps of other versions; the caller skips those.
 */
export function stepsIn(
  older: readonly JourneyStep[],
  waitsFor: string,
  newer: readonly JourneyStep[],
): readonly JourneyStep[] {
  const same = newer.findIndex(({ id }) => id === waitsFor);
  if (same >= 0) return newer.slice(same);
  const at = older.findIndex(({ id }) => id === waitsFor);
  const behind = new Set(older.slice(0, at < 0 ? older.length : at).map(({ id }) => id));
  const last = newer.findLastIndex(({ id }) => behind.has(id));
  return newer.slice(last + 1);
}
