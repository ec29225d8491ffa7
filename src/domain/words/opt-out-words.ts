import { splitUnspaced } from './normalise.ts';
import type { Interpretation } from './reading.ts';
import { SHARED_WORDS } from './word-files.ts';
import type { CompiledWordRules } from './word-rules.ts';

/** Maximum number of words in a text whose first word decides. */
const SHORT = 4;
/** Maximum number of words in a text that may be only an opt-out word and surrounding words. */
const STILL_SHORT = 12;

/** Reads a text that consists only of listed opt-out words: "STOP", "stop stop", "STOP/END", "opt out". */
export function readListedOptOut(words: string[], rules: CompiledWordRules): Interpretation | null {
  let first = '';
  for (let at = 0; at < words.length; ) {
    const length = optOutAt(words, at, rules);
    if (length === null) return null;
    first ||= words.slice(at, at + length).join(' ');
    at += length;
  }
  return first === '' ? null : optOut('exact', first, rules);
}

/** Length in words of the longest listed opt-out at a place: 2 in "opt out please"; null when there is none. */
export const optOutAt = (words: string[], at: number, { optOut }: CompiledWordRules): number | null =>
  [3, 2, 1].find((count) => optOut.has(words.slice(at, at + count).join(' '))) ?? null;

/** Reads a short text that a listed opt-out word decides: "STOP PLEASE", "stop texting me", "please cancel". */
export function readShortOptOut(
  written: string[],
  { text, words }: { text: string; words: string[] },
  wrongNumber: boolean,
  rules: CompiledWordRules,
): Interpretation | null {
  const first = words[0] ?? '';
  const leads = rules.optOut.has(written[0] ?? '') ? 'leading' : 'scored';
  if (words.length <= SHORT && rules.unmistakable.has(first)) return optOut(leads, first, rules, wrongNumber);
  if (words.length > STILL_SHORT) return null;
  const decides =
    words.find((word) => rules.unmistakable.has(word)) ?? words.find((word) => rules.optOut.has(word));
  if (decides === undefined) return readUnspaced(words, rules, wrongNumber);
  const around = rules.unmistakable.has(decides) ? rules.aroundUnmistakable : rules.aroundOptOut;
  const nothingElse = words.every((word) => rules.optOut.has(word) || around.has(word));
  if (!nothingElse) return null;
  return isWordRefused(text, decides)
    ? { meaning: { kind: 'unsure', wrongNumber }, language: null, rule: 'phrase:word-refused' }
    : optOut(leads, decides, rules, wrongNumber);
}

/** "取消谢谢", "중단 부탁드립니다": opt-out words in scripts that put no spaces between words. */
function readUnspaced(
  [run = '', ...more]: string[],
  rules: CompiledWordRules,
  wrongNumber: boolean,
): Interpretation | null {
  if (more.length > 0) return null;
  const word = splitUnspaced(run, rules.unspaced.listed, rules.unspaced.around);
  return word === null ? null : optOut('scored', word, rules, wrongNumber);
}

const NOT = new Set(SHARED_WORDS.refusing);
const BETWEEN = new Set(SHARED_WORDS.afterRefusing);

/**
 * Whether a refusal precedes the word: "No cancele", "não me remova"; perhaps it means "no: cancel". STOP and
 * UNSUBSCRIBE leave no doubt.
 */
export function isWordRefused(text: string, word: string): boolean {
  if (word === 'stop' || word === 'unsubscribe') return false;
  const words = text.split(' ');
  let at = words.indexOf(word) - 1;
  while (BETWEEN.has(words[at] ?? '')) at -= 1;
  return NOT.has(words[at] ?? '');
}

function optOut(
  by: 'exact' | 'leading' | 'scored',
  word: string,
  rules: CompiledWordRules,
  wrongNumber = false,
): Interpretation {
  return {
    meaning: { kind: 'stop-all', by, wrongNumber },
    language: rules.optOut.get(word) ?? null,
    rule: `${by === 'scored' ? 'meant' : by}:${word.replaceAll(' ', '-')}`,
  };
}

const SIGNS = /[🛑🚫⛔🖕]/u;

/**
 * Maximum number of words in a text where a forbidding sign counts: "🛑 mensajes". A question such as "🚫 nuts?" does
 * not count.
 */
const BESIDE_A_SIGN = 3;

export const hasForbiddingSign = (raw: string, words: string[]): boolean =>
  words.length <= BESIDE_A_SIGN && !raw.includes('?') && /[🛑🚫⛔]/u.test(raw);

/** Two or more stop signs and nothing else; invisible marks may be between them. */
const STOP_SIGNS = /^\s*(?:[🛑🚫⛔]\uFE0F?\s*){2,}$/u;

/** Reads a text of signs only, at least one of which forbids. */
export function readStopSigns(raw: string): Interpretation | null {
  if (!SIGNS.test(raw)) return null;
  const isSure = STOP_SIGNS.test(raw);
  if (isSure)
    return {
      meaning: { kind: 'stop-all', by: 'scored', wrongNumber: false },
      language: null,
      rule: 'sign:stop',
    };
  return { meaning: { kind: 'unsure', wrongNumber: false }, language: null, rule: 'sign:forbidding' };
}
