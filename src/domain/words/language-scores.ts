import table from './language-scores.json' with { type: 'json' };

/**
 * Scores of how much a text is like each of forty languages that are written in Latin, Cyrillic or Arabic letters. The
 * method and the table are those of the package eld, smallest size, which read short texts better than franc. The
 * package itself takes 90 MB; its table, written as `npm run languages:renew` does, takes a tenth.
 *
 * A line of the table has a run of up to four bytes of a word in UTF-8, a tab, and for each language in which the run
 * is frequent two signs: its place in `languages`, and the score. A space marks the start or the end of the word. Bytes
 * from 128 on, places and scores are written 256 further.
 */
const SHIFT = 0x100;
/** The table holds scores without this part, which all of them share. */
const LEAST = 53;
/** Brings the mean score of a text between 0 and 1. */
const SCALE = 25;
/** Longest part of a word that is looked at, in bytes, and the length of a run and the step between two. */
const LONGEST = 70;
const RUN = 4;
const STEP = 3;

const LANGUAGES = table.languages.split(' ');

let runs: ReadonlyMap<string, string> | null = null;

/** Splits the table, unless that was done. It takes some 20 ms. */
export function loadLanguageScores(): ReadonlyMap<string, string> {
  runs ??= new Map(
    table.ngrams.split('\n').map((line) => {
      const tab = line.indexOf('\t');
      return [line.slice(0, tab), line.slice(tab + 1)];
    }),
  );
  return runs;
}

/** The scores of a text by ISO 639-1 code, from 0 to 1; a language of which the text has no run is missing. */
export function languageScores(words: readonly string[]): ReadonlyMap<string, number> {
  const known = loadLanguageScores();
  const found = new Set(words.flatMap(runsOf));
  const sums = new Array<number>(LANGUAGES.length).fill(0);
  for (const run of found) {
    const scores = known.get(run) ?? '';
    for (let at = 0; at < scores.length; at += 2) {
      const place = scores.charCodeAt(at) - SHIFT;
      sums[place] = (sums[place] ?? 0) + scores.charCodeAt(at + 1) - SHIFT + LEAST;
    }
  }
  const scaled = sums.map((sum) => sum / found.size / (sum / found.size + SCALE));
  return new Map(LANGUAGES.flatMap((language, at) => (sums[at] === 0 ? [] : [[language, scaled[at] ?? 0]])));
}

const encoder = new TextEncoder();

/** The runs of a word: every third one from its start, and its last four bytes. */
function runsOf(word: string): string[] {
  const bytes = Array.from(encoder.encode(word), (byte) =>
    String.fromCharCode(byte < 0x80 ? byte : byte + SHIFT),
  ).join('');
  const length = Math.min(bytes.length, LONGEST);
  const found: string[] = [];
  for (let at = 0; at + RUN < length; at += STEP)
    found.push(`${at === 0 ? ' ' : ''}${bytes.slice(at, at + RUN)}`);
  const isOnly = found.length === 0;
  return [...found, `${isOnly ? ' ' : ''}${bytes.slice(Math.max(0, length - RUN))} `];
}
