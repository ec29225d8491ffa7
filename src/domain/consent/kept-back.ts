import { type Language, type Program, programsOn } from '../program.ts';
import { type Reason, restrictionsOfOtherNumbers } from '../sending/send-rules.ts';
import { isLapsed, marketingOn } from './consent-age.ts';
import {
  type ConsentState,
  isRenewal,
  type Prompt,
  type SubscriptionState,
  subscriptionTo,
} from './consent-state.ts';
import type { DecisionContext } from './decision.ts';
import { dateFor } from './program-text.ts';
import { type Suppression, standingRows, type Target } from './suppression.ts';

/** The target of a text about the whole program, sent from the number that the person wrote to. */
export const targetOf = (turn: DecisionContext, program: Program): Target => ({
  program: program.id,
  topic: null,
  sender: turn.act.number,
  service: turn.sender?.messagingServiceSid ?? null,
});

/**
 * True when a subscriber must not be told "you already get it", because their texts are withheld until a new YES or
 * soon will be.
 */
export function needsNewYes(turn: DecisionContext, program: Program): boolean {
  return isWithheld(turn, program) || hasAged(turn, program) || renewalOf(turn, program) !== undefined;
}

/**
 * Whether something withholds the program's texts until the person says YES: a hold or, for marketing, a STOP on
 * another number. `topics`: the topics in question; by default all that are on.
 */
export const isWithheld = (
  turn: DecisionContext,
  program: Program,
  topics = topicsOf(turn, program),
): boolean => isHeld(turn, program) || isStoppedElsewhere(turn, program, topics);

const topicsOf = ({ person }: DecisionContext, program: Program): readonly string[] =>
  subscriptionTo(person, program.id)?.topics ?? [];

export const isHeld = (turn: DecisionContext, program: Program): boolean =>
  standingRows(turn.person.suppressions, targetOf(turn, program), ['hold']).length > 0;

/**
 * Whether the person said STOP on another number and asks by text here. Their text may say that they want it here all
 * the same. When the other numbers were not read, they count as stopped.
 */
function isStoppedElsewhere(turn: DecisionContext, program: Program, topics: readonly string[]): boolean {
  if (turn.act.channel !== 'VIA_TEXT') return false;
  return fromElsewhere(turn, program, topics).has('other-number-stopped');
}

/**
 * Whether a hold or a pause on another number of the person withholds marketing here. No text from this number ends
 * either.
 */
export function waitsElsewhere(turn: DecisionContext, program: Program): boolean {
  const reasons = fromElsewhere(turn, program, topicsOf(turn, program));
  return reasons.has('other-number-held') || reasons.has('other-number-paused');
}

const fromElsewhere = (turn: DecisionContext, program: Program, topics: readonly string[]): Set<Reason> =>
  restrictionsElsewhere(turn.person, program, targetOf(turn, program), topics, turn.act.receivedAt);

/**
 * Restrictions from the person's other numbers on these topics. They bind marketing only. Other numbers that were not
 * read count as stopped.
 */
export function restrictionsElsewhere(
  person: ConsentState,
  program: Program,
  target: Target,
  topics: readonly string[],
  now: Date,
): Set<Reason> {
  const marketing = marketingOn({ topics: [...topics] }, program);
  if (marketing.length === 0) return new Set();
  if (person.others === null) return new Set(['other-number-stopped']);
  const targets = [null, ...marketing].map((topic) => ({ ...target, topic }));
  return new Set(targets.flatMap((target) => restrictionsOfOtherNumbers(person, target, now)));
}

/** Whether a pause of the person is in force. */
export const isPaused = ({ pausedUntil }: ConsentState, now: Date): boolean =>
  pausedUntil !== null && pausedUntil > now;

/**
 * The day, as the person reads it, until which a pause withholds some of these topics; null when it withholds none.
 */
export function pauseOver(
  { person, act }: DecisionContext,
  program: Program,
  topics: readonly string[],
  language: Language,
): string | null {
  const { pausedUntil } = person;
  if (pausedUntil === null || !isPaused(person, act.receivedAt)) return null;
  if (marketingOn({ topics: [...topics] }, program).length === 0) return null;
  return dateFor(pausedUntil, program, language);
}

/** Whether consent to marketing has lapsed, even if no job has ended it yet. */
export function hasAged({ person, act }: DecisionContext, program: Program): boolean {
  const subscription = subscriptionTo(person, program.id);
  return subscription !== null && isLapsed(subscription, program, act.receivedAt);
}

/** The renewal prompt issued since the last confirmation, open or not. */
function renewalOf({ person }: DecisionContext, program: Program): Prompt | undefined {
  const subscription = subscriptionTo(person, program.id);
  const confirmedAt = subscription?.basis?.at ?? subscription?.since ?? null;
  return person.prompts.findLast(
    (prompt) =>
      prompt.program === program.id &&
      isRenewal(prompt) &&
      confirmedAt !== null &&
      prompt.issuedAt > confirmedAt,
  );
}

/**
 * The program that RESUME sends a prompt for: an active one on this number whose texts are withheld and that the
 * person is in; failing that, one with a pending prompt.
 */
export function askedByResume(turn: DecisionContext): Program | undefined {
  const here = programsOn(turn.book, turn.act.number);
  const theirs = [...inState('subscribed', turn, here), ...inState('pending', turn, here)];
  return theirs.find((program) => isWithheld(turn, program));
}

/** An active program on our other numbers that the person is in and that is on hold. */
export const heldAway = (turn: DecisionContext): Program | undefined =>
  inState('subscribed', turn, elsewhere(turn)).find((program) => isHeld(turn, program));

/** A program of this number that the end of a hold closed without notice to the person. RESUME asks about it. */
export const closedHere = (turn: DecisionContext): Program | undefined =>
  programsOn(turn.book, turn.act.number).find((program) => isClosedByHold(turn, program));

/** The same for our other numbers. */
export const closedAway = (turn: DecisionContext): Program | undefined =>
  elsewhere(turn).find((program) => isClosedByHold(turn, program));

const elsewhere = ({ book, act }: DecisionContext): Program[] =>
  book.programs.filter(({ status, numbers }) => status === 'active' && !numbers.includes(act.number));

const inState = (
  state: SubscriptionState,
  { person }: DecisionContext,
  programs: readonly Program[],
): readonly Program[] => programs.filter(({ id }) => subscriptionTo(person, id)?.state === state);

/**
 * Whether the end of a hold, by timer or by staff without notice, closed a program, and nothing else forbids what its
 * keyword asks for (a STOP, or a mark that the number is not theirs). The hold notice named RESUME, without a time
 * limit.
 */
export function isClosedByHold(turn: DecisionContext, program: Program): boolean {
  const { person } = turn;
  const closed = subscriptionTo(person, program.id);
  if (closed?.state !== 'unsubscribed' || person.wrongNumberAt != null) return false;
  const targets = [null, ...program.joinTopics].map((topic) => ({ ...targetOf(turn, program), topic }));
  const rows = targets.flatMap((target) => standingRows(person.suppressions, target, ['opt-out']));
  const isOfHold = (row: Suppression): boolean =>
    row.since.getTime() === closed.since.getTime() && endsHold(row, person.suppressions);
  return rows.length > 0 && rows.every(isOfHold);
}

/**
 * Whether an opt-out came from the held words without notice. An opt-out from an inbox text does not count: a STOP
 * may be newer.
 */
function endsHold({ origin, since }: Suppression, rows: readonly Suppression[]): boolean {
  if (origin.by === 'hold-timer') return true;
  const isOfHeld = (row: Suppression): boolean =>
    row.kind === 'hold' && row.since.getTime() === since.getTime();
  return origin.by === 'staff' && origin.reply === 'too-late' && rows.some(isOfHeld);
}

/**
 * The time of the opt-out with which a RESUME is compared. A hold's timer writes its opt-out when it runs, for words
 * from before; a RESUME after those words counts, unless the person has opted out since.
 */
export function optedOutAt({ lastOptOutAt, suppressions }: ConsentState): Date | null {
  const isOfTimer = ({ origin, since }: Suppression): boolean =>
    origin.by === 'hold-timer' && since.getTime() === lastOptOutAt?.getTime();
  const outs = suppressions.filter(({ kind }) => kind === 'opt-out');
  const held = suppressions.find(({ scope, kind }) => scope === 'all' && kind === 'hold');
  if (lastOptOutAt === null || held === undefined || !outs.some(isOfTimer)) return lastOptOutAt;
  const words = [held, ...outs.filter((row) => !isOfTimer(row))].map(({ since }) => since.getTime());
  return new Date(Math.min(lastOptOutAt.getTime(), Math.max(...words)));
}
