import type { Language, Program } from '../program.ts';
import type { Reason } from '../sending/may-receive.ts';
import { againstByOthers } from '../sending/other-numbers.ts';
import { isLapsed, marketingOn } from './ageing.ts';
import { dateFor } from './naming.ts';
import type { Turn } from './outcome.ts';
import { isRenewal, type Person, type Prompt, subscriptionTo } from './person.ts';
import { standing, type Target } from './suppression.ts';

/** Whom and what a text about all of a program would reach, from the number that was written to. */
export const targetOf = (turn: Turn, program: Program): Target => ({
  program: program.id,
  topic: null,
  sender: turn.act.number,
  service: turn.sender?.messagingServiceSid ?? null,
});

/**
 * True where somebody subscribed may not hear "you already get it": their texts are kept back until they say YES anew,
 * or soon would be.
 */
export function isUnsettled(turn: Turn, program: Program): boolean {
  return isKeptBack(turn, program) || hasAged(turn, program) || renewalOf(turn, program) !== undefined;
}

/**
 * What keeps the program's texts back, whatever else stands, until a YES of theirs: a hold, or, of marketing, STOP on
 * another number. `topics`: those that are asked about; left out, all that are on.
 */
export const isKeptBack = (turn: Turn, program: Program, topics = topicsOf(turn, program)): boolean =>
  isHeld(turn, program) || isStoppedElsewhere(turn, program, topics);

const topicsOf = ({ person }: Turn, program: Program): readonly string[] =>
  subscriptionTo(person, program.id)?.topics ?? [];

export const isHeld = (turn: Turn, program: Program): boolean =>
  standing(turn.person.suppressions, targetOf(turn, program), ['hold']).length > 0;

/** Their own text may say that they want it here all the same. Where the other numbers were not read it is taken for so. */
function isStoppedElsewhere(turn: Turn, program: Program, topics: readonly string[]): boolean {
  if (turn.act.channel !== 'VIA_TEXT') return false;
  return fromElsewhere(turn, program, topics).has('other-number-stopped');
}

/** A hold or a pause on another number of theirs, which no word from this one ends, and which keeps marketing back here. */
export function waitsElsewhere(turn: Turn, program: Program): boolean {
  const reasons = fromElsewhere(turn, program, topicsOf(turn, program));
  return reasons.has('other-number-held') || reasons.has('other-number-paused');
}

const fromElsewhere = (turn: Turn, program: Program, topics: readonly string[]): Set<Reason> =>
  saidElsewhere(turn.person, program, targetOf(turn, program), topics, turn.act.receivedAt);

/** What their other numbers say against these topics, which binds marketing alone. Of numbers that were not read: that they stopped. */
export function saidElsewhere(
  person: Person,
  program: Program,
  target: Target,
  topics: readonly string[],
  now: Date,
): Set<Reason> {
  const marketing = marketingOn({ topics: [...topics] }, program);
  if (marketing.length === 0) return new Set();
  if (person.others === null) return new Set(['other-number-stopped']);
  const targets = [null, ...marketing].map((topic) => ({ ...target, topic }));
  return new Set(targets.flatMap((one) => againstByOthers(person, one, now)));
}

/** A pause of their own is under way. */
export const isPaused = ({ pausedUntil }: Person, now: Date): boolean =>
  pausedUntil !== null && pausedUntil > now;

/** The day until which a pause of theirs keeps back some of these topics, as they read it; null where it keeps none. */
export function pauseOver(
  { person, act }: Turn,
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
export function hasAged({ person, act }: Turn, program: Program): boolean {
  const subscription = subscriptionTo(person, program.id);
  return subscription !== null && isLapsed(subscription, program, act.receivedAt);
}

/** The question for renewal that was put since the last confirmation, open or not. */
function renewalOf({ person }: Turn, program: Program): Prompt | undefined {
  const subscription = subscriptionTo(person, program.id);
  const confirmedAt = subscription?.basis?.at ?? subscription?.since ?? null;
  return person.prompts.findLast(
    (one) =>
      one.program === program.id && isRenewal(one) && confirmedAt !== null && one.issuedAt > confirmedAt,
  );
}
