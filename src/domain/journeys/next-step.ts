import { MINUTE_MS } from '../durations.ts';
import { CLASS_OF } from '../sending/reach.ts';
import { type JourneyEndReason, mustEnd, type Rests, type Standing } from './ending.ts';
import { minutesOf, type Plan, type Step } from './journey.ts';

/** Where someone is: the step they wait for, and when it is due. */
export type Position = { step: string; dueAt: Date };

/** Steps that someone has behind them, in whatever version. */
export type Behind = { done: readonly { step: string }[] };

/** What is known at one moment of one run, beside its place. */
export type RunFacts = Standing & {
  /** Whether what the step asks is true of them; of no meaning where it asks nothing. */
  holds: boolean;
  /** The step's own message is written already, by someone who did not live to note it. */
  written: boolean;
  /** Their last message of this journey, where it has not left yet: not before when it may. */
  waiting: { dueAt: Date } | null;
  /** Until when hours keep marketing of the program from them; null: they do not now. Asked where a step is about to send some. */
  heldUntil: () => Date | null;
};

/** What to do with a run now. `next`: where it stands afterwards; null where that was the last step. */
export type Turn =
  | { do: 'wait'; until: Date }
  | { do: 'end'; reason: JourneyEndReason }
  | { do: 'pass' | 'skip' | 'send'; step: Step; next: Position | null };

/**
 * The next thing to do with a run, on these facts. What is decided twice, since whoever decided it died, has the same
 * message: it is named by run and step, and one that is written is never decided away. A step that they have behind them is
 * never done again, wherever it stands.
 */
export function nextTurn(
  run: Position & Rests & Behind,
  { steps: all }: Pick<Plan, 'steps'>,
  facts: RunFacts,
  now: Date,
): Turn {
  const steps = all.filter(({ id }) => id === run.step || !run.done.some((one) => one.step === id));
  const at = steps.findIndex(({ id }) => id === run.step);
  const step = steps[at];
  if (step === undefined) return { do: 'end', reason: 'completed' };
  const next = positionAt(steps[at + 1], now);
  if (facts.written) return { do: 'send', step, next };
  const over = mustEnd(run, steps.slice(at), facts);
  if (over !== null) return { do: 'end', reason: over };
  if (run.dueAt > now) return { do: 'wait', until: run.dueAt };
  const later = afterTheLast(step, facts, now) ?? keptBack(step, facts, now);
  if (later !== null) return { do: 'wait', until: later };
  if (step.onlyIf !== null && !facts.holds) {
    return step.otherwise === 'end' ? { do: 'end', reason: 'condition' } : { do: 'skip', step, next };
  }
  return { do: step.message === null ? 'pass' : 'send', step, next };
}

/** A step's wait counts from the moment the one before is done. */
function positionAt(step: Step | undefined, from: Date): Position | null {
  return step === undefined ? null : { step: step.id, dueAt: after(step, from) };
}

/** Where someone begins: the wait of the first step counts from what began it. */
export function firstPosition({ steps }: Pick<Plan, 'steps'>, triggeredAt: Date, now: Date): Position | null {
  const [first] = steps;
  if (first === undefined) return null;
  const due = after(first, triggeredAt);
  return { step: first.id, dueAt: due > now ? due : now };
}

const after = ({ wait }: Step, from: Date): Date => new Date(from.getTime() + minutesOf(wait) * MINUTE_MS);

/**
 * No step is done while the message before still waits for its hour: two would arrive at once, and what is asked of
 * people after a message would be asked before it.
 */
function afterTheLast(step: Step, { waiting }: RunFacts, now: Date): Date | null {
  if (waiting === null) return null;
  const from = waiting.dueAt > now ? waiting.dueAt : now;
  return new Date(Math.max(after(step, from).getTime(), from.getTime() + MINUTE_MS));
}

/**
 * Who asked for a pause, on whatever number of theirs, hears of the journey again when it is over; at night nobody is asked
 * what would no longer be true of them when the message leaves.
 */
function keptBack({ message }: Step, { person, program, heldUntil }: RunFacts, now: Date): Date | null {
  const purpose = program?.topics.find(({ id }) => id === message?.topic)?.purpose;
  if (purpose === undefined || CLASS_OF[purpose] !== 'marketing') return null;
  const pauses = [person, ...(person?.others ?? [])].flatMap((one) => one?.pausedUntil?.getTime() ?? []);
  const pause = Math.max(...pauses, 0);
  return pause > now.getTime() ? new Date(pause) : heldUntil();
}
