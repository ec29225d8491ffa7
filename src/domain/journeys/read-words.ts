import { type Book, type Program, programsOn } from '../program.ts';
import { normalise } from '../words/normalise.ts';
import { programWordsOf } from '../words/program-words.ts';
import { readText } from '../words/read-text.ts';
import type { Reading } from '../words/reading.ts';
import { MEANINGS } from '../words/word-conflicts.ts';
import type { CompiledWordRules } from '../words/word-rules.ts';
import type { Keyword, PlanFault, Trigger } from './journey.ts';

type KeywordTrigger = Extract<Trigger, { kind: 'keyword' }>;

/**
 * What words of a program mean on its number by the rules of today, each read as a text of it would be. A topic has two
 * words, its code and its name: either stands for both.
 */
export function readWords(
  words: readonly string[],
  program: Program,
  book: Book,
  rules: CompiledWordRules,
): { trigger: KeywordTrigger; faults: PlanFault[] } {
  const faults: PlanFault[] = [];
  const written = new Set<string>();
  const means = new Map<string, Keyword>();
  for (const [at, word] of words.entries()) {
    const found = readWord(word, program, book, rules);
    if (typeof found === 'string') faults.push({ field: `trigger.words.${at}`, problem: found });
    else {
      for (const one of found) means.set(normalise(one.word), one);
      written.add(found.find((one) => normalise(one.word) === normalise(word))?.word ?? word);
    }
  }
  return { trigger: { kind: 'keyword', words: [...written], means: [...means.values()] }, faults };
}

/** What one word asks for; a sentence where it can begin no journey. */
function readWord(word: string, program: Program, book: Book, rules: CompiledWordRules): Keyword[] | string {
  if (program.status === 'ended') return 'The program has ended: its words are read no more.';
  const normal = normalise(word);
  if (normal === '' || normal.includes(' ')) return 'Write one word of letters and digits alone.';
  const here = programsOn(book, program.numbers[0] ?? '');
  const reading = readText(word, programWordsOf(here), rules);
  const own = ownWords(program).filter((one) => asksFor(reading, program, one));
  if (own.some((one) => normalise(one.word) === normal)) {
    return own.filter(({ topic, word: one }) => topic !== null || normalise(one) === normal);
  }
  return whyNot(word, reading, program, book);
}

/** Every word of a program that asks for something: to join, or for a topic. */
const ownWords = ({ keywords, topics }: Program): Keyword[] => [
  ...Object.values(keywords).flatMap((words) => words.map((word) => ({ word, topic: null }))),
  ...topics.flatMap(({ id: topic, code, word }) => [
    { word: code, topic },
    { word, topic },
  ]),
];

function asksFor(reading: Reading, { id }: Program, { topic }: Keyword): boolean {
  if (reading.kind === 'join') return topic === null && reading.program === id;
  if (reading.kind !== 'topics-on') return false;
  return reading.topics.some((one) => one.program === id && one.topic === topic);
}

const ANY_CONSENT = 'For every consent, however it was asked for, use {"kind": "consent"}.';

function whyNot(word: string, reading: Reading, program: Program, { programs }: Book): string {
  if (reading.kind === 'yes' || reading.kind === 'start') {
    return `“${word}” begins no journey: ${MEANINGS[reading.kind]} ${ANY_CONSENT}`;
  }
  const meaning = MEANINGS[reading.kind];
  if (meaning !== undefined) return `“${word}” begins no journey: ${meaning}`;
  const other = programs.find(
    (one) =>
      one.id !== program.id && ownWords(one).some(({ word: its }) => normalise(its) === normalise(word)),
  );
  if (other !== undefined) {
    return `“${word}” is a word of the program “${other.id}”. A journey begins by words of its own program.`;
  }
  const known = ownWords(program).map((one) => one.word);
  return `The program has no such word. It has ${known.join(', ')}; others are to be saved with the program first.`;
}
