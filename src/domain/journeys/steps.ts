import { type ConsentState, subscriptionTo } from '../consent/consent-state.ts';
import { standingRows } from '../consent/suppression.ts';
import { MINUTE_MS } from '../durations.ts';
import type { Program } from '../program.ts';
import { CLASS_OF } from '../sending/message-plan.ts';
import { type JourneyPlan, type JourneyStep, minutesOf } from './journey.ts';

/** Why a run ended. Each reason is a sentence that support can read out. */
export const JOURNEY_END_REASONS = {
  completed: 'The person completed all steps.',
  condition: 'The condition of a step did not hold for the person.',
  'opted-out': 'They opted out.',
  'consent-ended': 'The consent that the run began with ended.',
  'topic-off': 'The person turned off the topic of its messages.',
  held: 'Messages to the person were put on hold.',
  erased: 'They were erased.',
  'number-changed': "The person's number has another holder.",
  'program-ended': 'The program ended.',
  stopped: 'The journey was stopped.',
} as const;
export type JourneyEndReason = keyof typeof JOURNEY_END_REASONS;

/**
 * Current facts about a person. `person` null: the person was erased. `current`: the person still holds the number.
 */
export type EligibilityFacts = { person: ConsentState | null; current: boolean; program: Program | null };

/** The consent that a run rests on. `since`: when the subscription under which the run began became valid. */
type ConsentBasis = { program: string; since: Date };

/**
 * Why a run cannot continue, whatever its next step is; null where it can. A run ends with the consent under which
 * it began: a person who unsubscribed and subscribed again has a new consent. `left`: the steps not done yet.
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

/** The step that a person waits for, and when the step is due. */
export type Position = { step: string; dueAt: Date };

/** The steps that a person has completed, of any version. */
type DonePart = { done: readonly { step: string }[] };

/** The facts about one run at one moment. */
export type RunFacts = EligibilityFacts & {
  /** Whether the step's condition is true of the person. Without meaning where the step has no condition. */
  holds: boolean;
  /** The step's message already exists: a worker wrote it and died before it updated the run. */
  written: boolean;
  /** The person's last message of this journey, while it is not sent; `dueAt`: the earliest time of sending. */
  waiting: { dueAt: Date } | null;
  /**
   * When the quiet hours of the program's marketing end for the person; null: there are none now. Called only for a
   * step that is about to send marketing.
   */
  heldUntil: () => Date | null;
};

/** What to do with a run now. `next`: the run's next position; null: this was the last step. */
export type StepDecision =
  | { do: 'wait'; until: Date }
  | { do: 'end'; reason: JourneyEndReason }
  | { do: 'pass' | 'skip' | 'send'; step: JourneyStep; next: Position | null };

/**
 * Decides the next action of a run. A decision may be made twice, when the worker that made it first died. It then
 * leads to the same message, because run and step name the message; a message that exists is never withdrawn. A
 * step that the person has completed is never repeated, wherever a newer version puts it.
 */
export function decideStep(
  run: Position & ConsentBasis & DonePart,
  { steps: all }: Pick<JourneyPlan, 'steps'>,
  facts: RunFacts,
  now: Date,
): StepDecision {
  const steps = all.filter(({ id }) => id === run.step || !run.done.some((doneStep) => doneStep.step === id));
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

/** A step's wait counts from the moment when the previous step is done. */
function positionAt(step: JourneyStep | undefined, from: Date): Position | null {
  return step === undefined ? null : { step: step.id, dueAt: after(step, from) };
}

/** The first position of a run: the wait of the first step counts from the trigger. */
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
 * No step is done while the previous message still waits for its time. Otherwise two messages would arrive at once,
 * and a condition that belongs after a message would be checked before it.
 */
function afterTheLast(step: JourneyStep, { waiting }: RunFacts, now: Date): Date | null {
  if (waiting === null) return null;
  const from = waiting.dueAt > now ? waiting.dueAt : now;
  return new Date(Math.max(after(step, from).getTime(), from.getTime() + MINUTE_MS));
}

/**
 * A person who asked for a pause, on any of their numbers, hears of the journey when the pause is over. During
 * quiet hours no condition is checked, since it might no longer hold when the message is sent.
 */
function keptBack(
  { message }: JourneyStep,
  { person, program, heldUntil }: RunFacts,
  now: Date,
): Date | null {
  const purpose = program?.topics.find(({ id }) => id === message?.topic)?.purpose;
  if (purpose === undefined || CLASS_OF[purpose] !== 'marketing') return null;
  const pauses = [person, ...(person?.others ?? [])].flatMap(
    (holder) => holder?.pausedUntil?.getTime() ?? [],
  );
  const pause = Math.max(...pauses, 0);
  return pause > now.getTime() ? new Date(pause) : heldUntil();
}
