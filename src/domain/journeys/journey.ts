import type { Resolved, Tree } from '../segments/tree.ts';

/** Most steps of a journey, and longest wait before one, minutes: 400 days, as far back as activity is remembered. */
export const MOST_STEPS = 20;
const MOST_WAIT_MINUTES = 400 * 24 * 60;

/** How long after the step before, or after what began the journey; parts add up. */
export type Wait = { days?: number; hours?: number; minutes?: number };

export const minutesOf = ({ days = 0, hours = 0, minutes = 0 }: Wait): number =>
  (days * 24 + hours) * 60 + minutes;

/** A tree as it was written, and with every segment it names in place as these stood when the journey was saved. */
export type SegmentQuery = { tree: Tree; resolved: Resolved };

/** A word that people text, as its program writes it, and the topic that it turns on; null where it asks to join. */
export type Keyword = { word: string; topic: string | null };

/** What begins a person's way through a journey. */
export type Trigger =
  /** They confirm their consent to the program, or turn one of these topics on. */
  | { kind: 'consent'; topics: readonly string[] | null }
  /** They do something, as a system of yours tells it. */
  | { kind: 'event'; event: string }
  /** They come into one of these stages. */
  | { kind: 'stage'; stages: readonly string[] }
  /** They belong to a segment. */
  | { kind: 'segment'; segment: SegmentQuery }
  /** They text one of these words, and have what it asks for. `means`: as the words were read when it was saved. */
  | { kind: 'keyword'; words: readonly string[]; means: readonly Keyword[] };

/** Whether someone may go through it again; `days` from one trigger to the next that counts. */
export type Reentry = { kind: 'once' } | { kind: 'again'; days: number };

/** Wait, then ask, then send: each part may be missing, but not all. */
export type JourneyStep = {
  id: string;
  wait: Wait;
  onlyIf: SegmentQuery | null;
  /** What becomes of someone of whom `onlyIf` is not true: they go on to the next step, or their journey ends. */
  otherwise: 'skip' | 'end';
  message: { template: string; topic: string } | null;
};

/** One version of a journey; never changed. */
export type JourneyPlan = { trigger: Trigger; reentry: Reentry; steps: readonly JourneyStep[] };

/** Something in a plan that cannot be, with its place as an API body names it. */
export type PlanFault = { field: string; problem: string };

/** What is wrong with steps, beside their shape. `topics`: ids that the program has. */
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
      faults.push({ field: place, problem: 'It does nothing: give it a wait, an only_if or a message.' });
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

/** What of a journey that goes stayed as it was saved before. */
export type DeferredEntry = {
  /** Why what begins it could not be saved now. */
  beginning: readonly PlanFault[];
  /** Why what steps ask could not be saved now. */
  questions: readonly PlanFault[];
  /** What begins it could be saved now, and would be something else. */
  anew: boolean;
};

const ANEW =
  'Its segment or its program was saved anew, and what begins it would be something else. It goes on, so it begins as before. To take that over stop it, save it and start it again: that ends it for everyone in it, for good where each person goes through it once.';

/** What was not taken over, and why; null where everything was. Where it could not be saved, nobody is told to stop it. */
export function keptSentence({ beginning, questions, anew }: DeferredEntry): string | null {
  const of = (faults: readonly PlanFault[], so: string): string[] =>
    faults.map(({ field, problem }) => `“${field}” could not be saved now, so ${so}: ${problem}`);
  const said = [
    ...of(beginning, 'it begins as before'),
    ...(anew && beginning.length === 0 ? [ANEW] : []),
    ...of(questions, 'it is asked as before'),
  ];
  return said.length === 0 ? null : said.join(' ');
}

export const JOURNEY_STATES = ['draft', 'running', 'paused', 'stopped'] as const;
export type JourneyState = (typeof JOURNEY_STATES)[number];

export const JOURNEY_MOVES = ['start', 'pause', 'stop'] as const;
export type JourneyMove = (typeof JOURNEY_MOVES)[number];

/**
 * Where each move leads from each state; a sentence where it cannot be made. `start` goes on after a pause; a stop that broke off may be
 * asked again.
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
 * What of a newer version is left for someone who waits for a step of an older one: the same step and what follows it,
 * where it is still there; else what follows the last step they have behind them. Steps of other versions that they did
 * may be among it: those are passed over.
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
