import { normalise } from '../words/normalise.ts';
import { editDistance } from '../words/spelling.ts';

/** First and last name as they are compared; empty where unknown. */
export type ComparedName = { first: string; last: string };

/** Case, accents, signs and blanks do not tell people apart. */
export const comparedName = (first: string | null, last: string | null): ComparedName => ({
  first: normalise(first ?? '').replaceAll(' ', ''),
  last: normalise(last ?? '').replaceAll(' ', ''),
});

/** Slips that one name may hold and still be near: none in short ones, where each letter makes another name. */
const slack = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  if (length < 4) return 0;
  return length < 8 ? 1 : 2;
};

const isNear = (a: string, b: string): boolean => a === b || editDistance(a, b) <= slack(a, b);

/** "J" beside "Joan". */
const isInitial = (a: string, b: string): boolean => a[0] === b[0] && (a.length === 1 || b.length === 1);

export const isNearFirst = (a: string, b: string): boolean => isNear(a, b) || isInitial(a, b);

const near = (a: ComparedName, b: ComparedName): boolean =>
  isNear(a.last, b.last) && (isNear(a.first, b.first) || (a.last === b.last && isInitial(a.first, b.first)));

/** How alike two whole names are; first and last may be swapped. Null where they differ, or one is not whole. */
export function likenessOfNames(a: ComparedName, b: ComparedName): 'same' | 'near' | null {
  if ([a.first, a.last, b.first, b.last].includes('')) return null;
  if ([b, swapped(b)].some((one) => one.first === a.first && one.last === a.last)) return 'same';
  return near(a, b) || near(a, swapped(b)) || near(swapped(a), b) ? 'near' : null;
}

const swapped = ({ first, last }: ComparedName): ComparedName => ({ first: last, last: first });

/** The first letters of a whole name in the order of the alphabet, so that swapped names have the same. */
export const initialsOf = ({ first, last }: ComparedName): string | null =>
  first === '' || last === '' ? null : [[...first][0], [...last][0]].sort().join('');
