import { type Program, programsOn } from '../../program.ts';
import type { Turn } from '../outcome.ts';
import { type SubscriptionState, subscriptionTo } from '../person.ts';
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
export function heldAway(turn: Turn): Program | undefined {
  const elsewhere = turn.book.programs.filter(
    ({ status, numbers }) => status === 'active' && !numbers.includes(turn.act.number),
  );
  return inState('subscribed', turn, elsewhere).find((one) => isHeld(turn, one));
}

const inState = (
  state: SubscriptionState,
  { person }: Turn,
  programs: readonly Program[],
): readonly Program[] => programs.filter(({ id }) => subscriptionTo(person, id)?.state === state);
