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
import { HOLD_TIMER, REVIEWED, type Suppression, standingRows, type Target } from './suppression.ts';

/** Whom and what a text about all of a program would reach, from the number that was written to. */
export const targetOf = (turn: DecisionContext, program: Program): Target => ({
  program: program.id,
  topic: null,
  sender: turn.act.number,
  service: turn.sender?.messagingServiceSid ?? null,
});

/**
 * True where somebody subscribed may not hear "you already get it": their texts are kept back until they say YES anew,
 * or soon would be.
 */
export function needsNewYes(turn: DecisionContext, program: Program): boolean {
  return isWithheld(turn, program) || hasAged(turn, program) || renewalOf(turn, program) !== undefined;
}

/**
 * What keeps the program's texts back, whatever else stands, until a YES of theirs: a hold, or, of marketing, STOP on
 * another number. `topics`: those that are asked about; left out, all that are on.
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

/** Their own text may say that they want it here all the same. Where the other numbers were not read it is taken for so. */
function isStoppedElsewhere(turn: DecisionContext, program: Program, topics: readonly string[]): boolean {
  if (turn.act.channel !== 'VIA_TEXT') return false;
  return fromElsewhere(turn, program, topics).has('other-number-stopped');
}

/** A hold or a pause on another number of theirs, which no word from this one ends, and which keeps marketing back here. */
export function waitsElsewhere(turn: DecisionContext, program: Program): boolean {
  const reasons = fromElsewhere(turn, program, topicsOf(turn, program));
  return reasons.has('other-number-held') || reasons.has('other-number-paused');
}

const fromElsewhere = (turn: DecisionContext, program: Program, topics: readonly string[]): Set<Reason> =>
  saidElsewhere(turn.person, program, targetOf(turn, program), topics, turn.act.receivedAt);

/** What their other numbers say against these topics, which binds marketing alone. Of numbers that were not read: that they stopped. */
export function saidElsewhere(
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
  return new Set(targets.flatMap((one) => restrictionsOfOtherNumbers(person, one, now)));
}

/** A pause of their own is under way. */
export const isPaused = ({ pausedUntil }: ConsentState, now: Date): boolean =>
  pausedUntil !== null && pausedUntil > now;

/** The day until which a pause of theirs keeps back some of these topics, as they read it; null where it keeps none. */
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

/** Marketing rests on it no more, whether or not it was ended by then. */
export function hasAged({ person, act }: DecisionContext, program: Program): boolean {
  const subscription = subscriptionTo(person, program.id);
  return subscription !== null && isLapsed(subscription, program, act.receivedAt);
}

/** The question for renewal that was put since the last confirmation, open or not. */
function renewalOf({ person }: DecisionContext, program: Program): Prompt | undefined {
  const subscription = subscriptionTo(person, program.id);
  const confirmedAt = subscription?.basis?.at ?? subscription?.since ?? null;
  return person.prompts.findLast(
    (one) =>
      one.program === program.id && isRenewal(one) && confirmedAt !== null && one.issuedAt > confirmedAt,
  );
}

/**
 * The program that RESUME asks about: kept back, on this number, going on, and one that they are in; after those, one that
 * they were asked about.
 */
export function askedByResume(turn: DecisionContext): Program | undefined {
  const here = programsOn(turn.book, turn.act.number);
  const theirs = [...inState('subscribed', turn, here), ...inState('pending', turn, here)];
  return theirs.find((one) => isWithheld(turn, one));
}

/** A program on hold that they are in, which goes on on our other numbers. */
export const heldAway = (turn: DecisionContext): Program | undefined =>
  inState('subscribed', turn, elsewhere(turn)).find((one) => isHeld(turn, one));

/** A program of this number that the end of a hold closed to them, of which they were told nothing: RESUME asks about it. */
export const closedHere = (turn: DecisionContext): Program | undefined =>
  programsOn(turn.book, turn.act.number).find((one) => isClosedByHold(turn, one));

/** The same of our other numbers. */
export const closedAway = (turn: DecisionContext): Program | undefined =>
  elsewhere(turn).find((one) => isClosedByHold(turn, one));

const elsewhere = ({ book, act }: DecisionContext): Program[] =>
  book.programs.filter(({ status, numbers }) => status === 'active' && !numbers.includes(act.number));

const inState = (
  state: SubscriptionState,
  { person }: DecisionContext,
  programs: readonly Program[],
): readonly Program[] => programs.filter(({ id }) => subscriptionTo(person, id)?.state === state);

/**
 * Whether the end of a hold closed a program to the person, by its timer or by staff in silence, and no other word stands
 * against what its keyword asks for: a STOP of theirs, a mark that the number is not theirs. The notice of the hold named
 * RESUME, without a time.
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

/** Read in silence out of the words that were held, and of no text of the inbox: a STOP may be newer than such a one. */
function endsHold({ source, since }: Suppression, rows: readonly Suppression[]): boolean {
  if (source === HOLD_TIMER) return true;
  const isOfHeld = (row: Suppression): boolean =>
    row.kind === 'hold' && row.since.getTime() === since.getTime();
  return source === REVIEWED && rows.some(isOfHeld);
}

/**
 * When the last opt-out was that a RESUME is told by. The timer of a hold decides when it runs, on words of the person's from
 * before: a RESUME since those words is no older than it, unless they opted out since.
 */
export function optedOutAt({ lastOptOutAt, suppressions }: ConsentState): Date | null {
  const isOfTimer = ({ source, since }: Suppression): boolean =>
    source === HOLD_TIMER && since.getTime() === lastOptOutAt?.getTime();
  const outs = suppressions.filter(({ kind }) => kind === 'opt-out');
  const held = suppressions.find(({ scope, kind }) => scope === 'all' && kind === 'hold');
  if (lastOptOutAt === null || held === undefined || !outs.some(isOfTimer)) return lastOptOutAt;
  const words = [held, ...outs.filter((row) => !isOfTimer(row))].map(({ since }) => since.getTime());
  return new Date(Math.min(lastOptOutAt.getTime(), Math.max(...words)));
}
