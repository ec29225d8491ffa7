import { normalise } from './normalise.ts';
import { readText } from './read-text.ts';
import type { ProgramWords } from './reading.ts';
import { SHARED_WORDS } from './word-files.ts';
import type { CompiledWordRules } from './word-rules.ts';

/** Where a word is used: in a program, or in one of its topics. */
export type WordUse = {
  program: string;
  field: 'keyword' | 'confirm word' | 'topic code' | 'topic word';
  topic: string | null;
};

export type WordConflict = {
  /** As written in the program. */
  word: string;
  problem: 'shape' | 'reserved' | 'shared';
  /** The first is the place to change; the others are those it clashes with. */
  places: WordUse[];
  /** One plain sentence for the person who saves the program. */
  message: string;
};

type Use = { word: string; normal: string; place: WordUse };

/** Twilio accepts opt-out keywords of 1 to 34 characters; our words have the same limit. */
const SHAPE = /^[\p{L}\p{M}\p{N}]{1,34}$/u;

/**
 * Conflicts among the words of the programs on one number: words of an unusable shape, words that already mean
 * something in any language, and words used twice. Empty when all programs may be saved.
 */
export function findWordConflicts(programWords: ProgramWords, rules: CompiledWordRules): WordConflict[] {
  const uses = usesIn(programWords);
  return uses.flatMap(
    (use, at) =>
      shapeProblem(use) ?? reservedProblem(use, rules) ?? sharedProblem(use, uses.slice(0, at)) ?? [],
  );
}

function usesIn({ programs }: ProgramWords): Use[] {
  return programs.flatMap(({ id: program, keywords, confirmWords, topics }) => {
    const use = (word: string, field: WordUse['field'], topic: string | null = null) => ({
      word,
      normal: normalise(word),
      place: { program, field, topic },
    });
    return [
      ...keywords.map(({ word }) => use(word, 'keyword')),
      ...confirmWords.map((word) => use(word, 'confirm word')),
      ...topics.flatMap(({ id, code, word }) => [use(code, 'topic code', id), use(word, 'topic word', id)]),
    ];
  });
}

function shapeProblem({ word, normal, place }: Use): WordConflict | null {
  if (SHAPE.test(word) && /^[^ ]+$/.test(normal)) return null;
  const message = `The ${place.field} "${word}" must be one word of 1 to 34 letters or digits.`;
  return { word, problem: 'shape', places: [place], message };
}

function reservedProblem({ word, normal, place }: Use, rules: CompiledWordRules): WordConflict | null {
  const meaning = reservedMeaning(normal, rules);
  if (meaning === null || (meaning === 'yes' && place.field === 'confirm word')) return null;
  const message = `The ${place.field} "${word}" cannot be used: ${MEANINGS[meaning] ?? MEANINGS.grammar}`;
  return { word, problem: 'reserved', places: [place], message };
}

const { turnOn, turnOff, betweenCodes, politeness, pauseUnits, everyMessage } = SHARED_WORDS;
const GRAMMAR = new Set(
  [turnOn, turnOff, betweenCodes, politeness, Object.values(pauseUnits).flat(), everyMessage]
    .flat()
    .flatMap((words) => words.split(' ')),
);

/** Reads the bare word to find what it already means, including misspelt opt-outs and phrases. */
function reservedMeaning(normal: string, rules: CompiledWordRules): string | null {
  if (rules.optOut.has(normal)) return 'stop-all';
  const { kind } = readText(normal, { programs: [] }, rules);
  if (kind !== 'unknown') return kind;
  return GRAMMAR.has(normal) ? 'grammar' : null;
}

/** What a reserved word is for, by how it is read. */
export const MEANINGS: Record<string, string> = {
  'stop-all': 'people text it to stop all messages.',
  unsure: 'people text it when they want messages to stop.',
  start: 'people text it to start messages again.',
  yes: 'people text it to confirm.',
  no: 'people text it to refuse.',
  help: 'people text it to get help.',
  menu: 'people text it to see the menu.',
  why: 'people text it to ask why they were texted.',
  preferences: 'people text it to see their preferences.',
  pause: 'people text it to pause messages.',
  resume: 'people text it to end a pause.',
  'birth-date': 'it reads as a date.',
  grammar: 'it is part of other commands, such as ON, OFF, ALL or AND.',
};

function sharedProblem({ word, normal, place }: Use, earlier: Use[]): WordConflict | null {
  const clashes = earlier.filter(
    (earlierUse) => earlierUse.normal === normal && !mayShare(place, earlierUse.place),
  );
  const [first] = clashes;
  if (first === undefined) return null;
  const message = `The ${place.field} "${word}" of ${named(place)} is already the ${first.place.field} of ${named(first.place)} on the same number.`;
  return { word, problem: 'shared', places: [place, ...clashes.map((clash) => clash.place)], message };
}

/**
 * Whether two uses may share a word: a keyword in two languages of a program, a confirmation word of two programs, or
 * a topic's code and word.
 */
function mayShare(first: WordUse, second: WordUse): boolean {
  if (first.field === 'confirm word' || second.field === 'confirm word') return first.field === second.field;
  return first.program === second.program && first.topic === second.topic;
}

function named({ program, topic }: WordUse): string {
  return topic === null ? `program "${program}"` : `topic "${topic}" of program "${program}"`;
}
