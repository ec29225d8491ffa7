import { type ConsentState, subscriptionTo } from '../consent/consent-state.ts';
import { standingRows } from '../consent/suppression.ts';
import { MINUTE_MS } from '../durations.ts';
import type { Program } from '../program.ts';
import { CLASS_OF } from '../sending/message-plan.ts';
import { type JourneyPlan, type JourneyStep, minutesOf } from './journey.ts';

/** Why someone's way through a journey is over. Each is a sentence support can read out. */
export const JOURNEY_END_REASONS = {
  completed: 'They went through all of it.',
  condition: 'What a step asks was not true of them.',
  'opted-out': 'They opted out.',
  'consent-ended': 'The consent it began with ended.',
  'topic-off': 'They turned off what its messages are about.',
  held: 'Their texts were put on hold.',
  erased: 'They were erased.',
  'number-changed': 'Their number has another holder.',
  'program-ended': 'The program ended.',
  stopped: 'The journey was stopped.',
} as const;
export type JourneyEndReason = keyof typeof JOURNEY_END_REASONS;

/** What is known of a person now; null where they were erased. `current`: they still hold their number. */
export type EligibilityFacts = { person: ConsentState | null; current: boolean; program: Program | null };

/** The consent a run rests on: `since` when the subscription it began under had stood. */
type ConsentBasis = { program: string; since: Date };

/**
 * Why a run cannot go on, whatever its next step is; null where it can. One that began under a consent ends with it:
 * who left and came back has another. `left`: steps not done yet.
 */
export function whyRunEnds(
  { program: id, since }: ConsentBasis,
  left: readonly JourneyStep[],
  { person, current, program }: EligibilityFacts,
): JourneyEndReason | null {
  if (person === null) return 'erased';
  if (!current) return 'number-changed';
  if (program === null || program.status === 'ended') return 'program-ended';
  const target = { program: id, topic: null, sender: '', service: null };
  const rows = standingRows(person.suppressions, target, ['opt-out', 'hold']);
  if (rows.some((row) => row.kind === 'opt-out')) return 'opted-out';
  if (rows.length > 0) return 'held';
  const subscription = subscriptionTo(person, id);
  if (subscription?.state !== 'subscribed') return 'consent-ended';
  if (subscription.since.getTime() !== since.getTime()) return 'consent-ended';
  const topics = left.flatMap(({ message }) => message?.topic ?? []);
  const off = topics.length > 0 && topics.every((topic) => !subscription.topics.includes(topic));
  return off ? 'topic-off' : null;
}

/** Where someone is: the step they wait for, and when it is due. */
export type Position = { step: string; dueAt: Date };

/** Steps that someone has behind them, in whatever version. */
type Behind = { done: readonly { step: string }[] };

/** What is known at one moment of one run, beside its place. */
export type RunFacts = EligibilityFacts & {
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
export type StepDecision =
  | { do: 'wait'; until: Date }
  | { do: 'end'; reason: JourneyEndReason }
  | { do: 'pass' | 'skip' | 'send'; step: JourneyStep; next: Position | null };

/**
 * The next thing to do with a run, on these facts. What is decided twice, since whoever decided it died, has the same
 * message: it is named by run and step, and one that is written is never decided away. A step that they have behind them is
 * never done again, wherever it stands.
 */
export function nextTurn(
  run: Position & ConsentBasis & Behind,
  { steps: all }: Pick<JourneyPlan, 'steps'>,
  facts: RunFacts,
  now: Date,
): StepDecision {
  const steps = all.filter(({ id }) => id === run.step || !run.done.some((one) => one.step === id));
  const at = steps.findIndex(({ id }) => id === run.step);
  const step = steps[at];
  if (step === undefined) return { do: 'end', reason: 'completed' };
  const next = positionAt(steps[at + 1], now);
  if (facts.written) return { do: 'send', step, next };
  const over = whyRunEnds(run, steps.slice(at), facts);
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
function positionAt(step: JourneyStep | undefined, from: Date): Position | null {
  return step === undefined ? null : { step: step.id, dueAt: after(step, from) };
}

/** Where someone begins: the wait of the first step counts from what began it. */
export function firstPosition(
  { steps }: Pick<JourneyPlan, 'steps'>,
  triggeredAt: Date,
  now: Date,
): Position | null {
  const [first] = steps;
  if (first === undefined) return null;
  const due = after(first, triggeredAt);
  return { step: first.id, dueAt: due > now ? due : now };
}

const after = ({ wait }: JourneyStep, from: Date): Date =>
  new Date(from.getTime() + minutesOf(wait) * MINUTE_MS);

/**
 * No step is done while the message before still waits for its hour: two would arrive at once, and what is asked of
 * people after a message would be asked before it.
 */
function afterTheLast(step: JourneyStep, { waiting }: RunFacts, now: Date): Date | null {
  if (waiting === null) return null;
  const from = waiting.dueAt > now ? waiting.dueAt : now;
  return new Date(Math.max(after(step, from).getTime(), from.getTime() + MINUTE_MS));
}

/**
 * Who asked for a pause, on whatever number of theirs, hears of the journey again when it is over; at night nobody is asked
 * what would no longer be true of them when the message leaves.
 */
function keptBack(
  { message }: JourneyStep,
  { person, program, heldUntil }: RunFacts,
  now: Date,
): Date | null {
  const purpose = program?.topics.find(({ id }) => id === message?.topic)?.purpose;
  if (purpose === undefined || CLASS_OF[purpose] !== 'marketing') return null;
  const pauses = [person, ...(person?.others ?? [])].flatMap((one) => one?.pausedUntil?.getTime() ?? []);
  const pause = Math.max(...pauses, 0);
  return pause > now.getTime() ? new Date(pause) : heldUntil();
}
