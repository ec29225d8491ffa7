import { type Program, programsOn } from '../../program.ts';
import type { Turn } from '../outcome.ts';
import { type SubscriptionState, subscriptionTo } from '../person.ts';
import { isClosedByHold } from '../review/closed-by-hold.ts';
import { isHeld, isKeptBack } from '../unsettled.ts';

/**
 * The program that RESUME asks about: kept back, on this number, going on, and one that they are in; after those, one that
 * they were asked about.
 */
export function askedByResume(turn: Turn): Program | undefined {
  const here = programsOn(turn.book, turn.act.number);
  const theirs = [...inState('subscribed', turn, here), ...inState('pending', turn, here)];
  return theirs.find((one) => isKeptBack(turn, one));
}

/** A program on hold that they are in, which goes on on our other numbers. */
export const heldAway = (turn: Turn): Program | undefined =>
  inState('subscribed', turn, elsewhere(turn)).find((one) => isHeld(turn, one));

/** A program of this number that the end of a hold closed to them, of which they were told nothing: RESUME asks about it. */
export const closedHere = (turn: Turn): Program | undefined =>
  programsOn(turn.book, turn.act.number).find((one) => isClosedByHold(turn, one));

/** The same of our other numbers. */
export const closedAway = (turn: Turn): Program | undefined =>
  elsewhere(turn).find((one) => isClosedByHold(turn, one));

const elsewhere = ({ book, act }: Turn): Program[] =>
  book.programs.filter(({ status, numbers }) => status === 'active' && !numbers.includes(act.number));

const inState = (
  state: SubscriptionState,
  { person }: Turn,
  programs: readonly Program[],
): readonly Program[] => programs.filter(({ id }) => subscriptionTo(person, id)?.state === state);
