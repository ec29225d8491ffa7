import { editDistance } from '../words/spelling.ts';

/** Longer words are not compared: the distance of two words costs the product of their lengths. */
const LONGEST = 100;

/**
 * The known word that somebody most likely meant: of those with the fewest slips the first. A slip is a letter changed,
 * missing, added or swapped. One slip is allowed in short words, two from six letters on, and three from ten on. Null
 * where no word is so near. Capitals count as small letters.
 */
export function nearestWord(written: string, known: Iterable<string>): string | null {
  const sought = written.toLowerCase();
  if (sought.length > LONGEST) return null;
  let [nearest, fewest]: [string | null, number] = [null, slipsIn(sought) + 1];
  for (const word of known) {
    if (Math.abs(word.length - sought.length) >= fewest) continue;
    const slips = editDistance(sought, word.toLowerCase());
    if (slips < fewest) [nearest, fewest] = [word, slips];
  }
  return nearest;
}

const slipsIn = ({ length }: string): number => {
  if (length < 6) return Math.min(1, length - 2);
  return length < 10 ? 2 : 3;
};
