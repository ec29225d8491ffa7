import { type EndState, type EndStatePart, LOST, OF_ALL, OF_PEOPLE, PARTS } from './end-state.ts';

/** What is not the same in two ends, by part: keys of it. `lost`: people whose question was lost in the second. */
export type EndDifferences = {
  by: Map<EndStatePart, string[]>;
  lost: string[];
  questions: number;
  /** False where sums over all people were left out. */
  summed: boolean;
};

/**
 * Compares two ends. Whoever had a question to the carrier lost with the process that asked it may be known less of,
 * by design, and is left out; so are, where anybody's messages or consent differ by that, the sums over all people.
 */
export function differencesBetween(whole: EndState, killed: EndState): EndDifferences {
  const facts = [...killed.numberFacts].filter(([, told]) => told.includes(LOST));
  const lost = new Set(facts.map(([index]) => index));
  const ofLost = (key: string): boolean => key.split(' ').some((word) => lost.has(word));
  const differing = new Map(PARTS.map((part) => [part, differences(whole[part], killed[part])]));
  const touched = OF_PEOPLE.some(
    (part) => part !== 'numberFacts' && part !== 'holderAnswers' && differing.get(part)?.some(ofLost),
  );
  // Who was verified, and the score that counts it.
  const ofFacts = (key: string): boolean =>
    lost.size > 0 && /^(program|source) .* (verified|score)$/.test(key);
  const by = new Map(
    [...differing].map(([part, keys]): [EndStatePart, string[]] => {
      if ((OF_ALL as readonly EndStatePart[]).includes(part) && touched) return [part, []];
      return [part, keys.filter((key) => !ofLost(key) && !ofFacts(key))];
    }),
  );
  const questions = facts.reduce((sum, [, told]) => sum + told.split(LOST).length - 1, 0);
  return { by, lost: [...lost], questions, summed: !touched };
}

function differences(part: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const keys = new Set([...part.keys(), ...other.keys()]);
  return [...keys].filter((key) => part.get(key) !== other.get(key));
}
