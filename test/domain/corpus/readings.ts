import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { LANGUAGE_FILES, MISSPELLINGS, SHARED_WORDS } from '../../../src/domain/words/word-files.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS, type Labelled, labelledTexts, type ReadingKind } from './corpus.ts';

/** A fixed day, so that the rules of another day change no reading. */
const RULES_OF = new Date('2026-09-01T00:00:00Z');

export const READINGS = 'test/domain/corpus/readings.txt';

export type CorpusReading = Labelled & { reading: Reading };

/** Every labelled text of every file of the corpus, and how the rules read it. */
export function readCorpus(): CorpusReading[] {
  const rules = wordRulesAt(RULES_OF);
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.tsv'));
  return files
    .sort()
    .flatMap(labelledTexts)
    .map((labelled) => ({ ...labelled, reading: readText(labelled.text, CORPUS_PROGRAM_WORDS, rules) }));
}

/** The recorded readings: version of the rules, hash of all, and a line for each text by its file and digest. */
export type RecordedReadings = { rules: string; hash: string; readings: ReadonlyMap<string, string> };

type Read = Pick<CorpusReading, 'file' | 'text' | 'reading'>;

/** As it is written to `readings.txt`: the name of a file, then one line for each of its texts. */
export function formatReadings(corpus: readonly Read[]): string {
  const version = corpus[0]?.reading.rules ?? '';
  const lines = corpus.flatMap(({ file, text, reading }, at) => [
    ...(file === corpus[at - 1]?.file ? [] : [file]),
    `${digestOf(text)} ${summaryOf(reading, version)}`,
  ]);
  const head = [
    '# How each text of the corpus is read. Renewed by "npm run readings:renew", which prints what changed.',
    '# Of each text its digest. Left out: no language, a rule called like the kind; of opt-outs: scored, not a wrong number.',
    `rules ${version}`,
    `sha256 ${hashOf(corpus)}`,
  ];
  return `${[...head, ...lines].join('\n')}\n`;
}

export function parseReadings(written: string): RecordedReadings {
  const lines = written.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [rules = '', hash = '', ...rest] = lines;
  const readings = new Map<string, string>();
  let file = '';
  for (const line of rest) {
    const space = line.indexOf(' ');
    if (space < 0) file = line;
    else readings.set(`${file} ${line.slice(0, space)}`, line.slice(space + 1));
  }
  return { rules: rules.replace('rules ', ''), hash: hash.replace('sha256 ', ''), readings };
}

/** Every text that is read differently than recorded, one sentence each. Empty only where every reading is as recorded. */
export function changedReadings(corpus: readonly Read[], recorded: RecordedReadings): string[] {
  const now = parseReadings(formatReadings(corpus));
  if (now.hash === recorded.hash) return [];
  const texts = new Map(corpus.map(({ file, text }) => [`${file} ${digestOf(text)}`, text]));
  const rules = now.rules === recorded.rules ? [] : [`rules: were ${recorded.rules}, are ${now.rules}`];
  const changed = [...now.readings].flatMap(([key, is]) => {
    const was = recorded.readings.get(key);
    const named = `${key.slice(0, key.lastIndexOf(' '))}: ${JSON.stringify(texts.get(key))}`;
    if (was === undefined) return [`${named} is new, read as ${is}`];
    return was === is ? [] : [`${named} was ${was}, is ${is}`];
  });
  const gone = [...recorded.readings].filter(([key]) => !now.readings.has(key));
  const all = [...rules, ...changed, ...gone.map(([key, was]) => `${key} is gone, it was ${was}`)];
  return all.length > 0 ? all : ['the order of the texts, or a text that stands twice, changed'];
}

/** Digests of all words that a version covers. Notes and examples change no reading, and complaints have no version. */
export function digestsOfWords(): { words: string; alarms: string } {
  const languages = LANGUAGE_FILES.map(
    ({ rules, notes: _notes, alarms: _alarms, complaints: _c, ...file }) => ({
      ...file,
      rules: rules.map(({ examples: _examples, counterexamples: _counterexamples, ...rule }) => rule),
    }),
  );
  return {
    words: sha256(JSON.stringify([SHARED_WORDS, MISSPELLINGS, languages])),
    alarms: sha256(JSON.stringify(LANGUAGE_FILES.map(({ language, alarms }) => [language, alarms]))),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const digestOf = (text: string): string => sha256(text).slice(0, 8);

/** Of everything, so that no difference is lost that the lines do not show. */
function hashOf(corpus: readonly Read[]): string {
  const hash = createHash('sha256');
  for (const { file, text, reading } of corpus) {
    hash.update(`${JSON.stringify([file, text, Object.entries(reading).sort(byKey)])}\n`);
  }
  return hash.digest('hex');
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** What most readings of these kinds say; of all kinds: no language, and a rule that is called like the kind. */
const USUAL: Partial<Record<ReadingKind, Record<string, unknown>>> = {
  'stop-all': { by: 'scored', wrongNumber: false },
  unsure: { wrongNumber: false },
};
/** Fields whose values say which they are. */
const PLAIN = /^(by|language|rule)$/;

/** The kind, and each field that does not say what it usually says. */
function summaryOf({ kind, ...fields }: Reading, version: string): string {
  const usual: Record<string, unknown> = { language: null, rule: kind, rules: version, ...USUAL[kind] };
  const said = Object.entries(fields)
    .sort(byKey)
    .filter(([key, value]) => !(key in usual) || usual[key] !== value)
    .map(([key, value]) => {
      const is = typeof value === 'string' ? value : JSON.stringify(value);
      return PLAIN.test(key) ? is : `${key}=${is}`;
    });
  const missing = Object.keys(usual).filter((key) => !(key in fields));
  return [kind, ...said, ...missing.map((key) => `no ${key}`)].join(' ');
}
