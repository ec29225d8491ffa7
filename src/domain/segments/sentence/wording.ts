import type { Known } from '../check/check.ts';

/** Names of what a tree speaks of by id; an id stands for itself where it has none. */
export type Names = Pick<Known, 'fields' | 'programs' | 'segments' | 'campaigns'>;

/** What follows "Everyone who", and the same turned round. */
export type Predicate = { is: string; isNot: string };

/** Most values a sentence names before it counts the rest. */
const MOST_NAMED = 5;

/** "a", "a or b", "a, b or c", "a, b, c, d, e or 12 others". */
export function amongWords(values: readonly string[]): string {
  const others = values.length - MOST_NAMED;
  const named = others <= 1 ? values : [...values.slice(0, MOST_NAMED), `${others} others`];
  return named.length === 1 ? `${named[0]}` : `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`;
}

/** Turned round, such a clause takes in everyone of whom the thing is unknown, and says so. */
export function unknownToo(verb: string, what: string, infinitive: string): Predicate {
  return { is: `${verb} ${what}`, isNot: `is not known to ${infinitive} ${what}` };
}

export const quoted = (text: string): string => `“${text}”`;

/** "a day", "30 days". */
export const daysOf = (days: number): string => (days === 1 ? 'a day' : `${days} days`);

/** "in the last day", "in the next 30 days". */
export const within = (which: 'last' | 'next', days: number): string =>
  `in the ${which} ${days === 1 ? 'day' : daysOf(days)}`;
