import { scan } from './phrase-patterns.ts';
import { optOutAt } from './read-opt-out.ts';
import type { CompiledLine, RuleSet } from './rule-sets.ts';

/** What stands in a text for what was taken out of it. */
export const TAKEN_OUT = '~ ';

/**
 * Whether a text with our own opt-out line in it is the wish to be let out: where it says nothing else, or after the line.
 * `without`: the text without its lines, as phrases are looked for in it.
 */
export function isOwnWish(without: string, lines: readonly CompiledLine[], rules: RuleSet): boolean {
  if (isRefused(without, rules)) return false;
  const isQuoted = lines.some(({ quoted }) => quoted);
  const sentences = without.split('/ ');
  return (!isQuoted && sentences.every((one) => isAround(one, rules))) || saysItAfter(without, rules);
}

/** "No parar", "no need to stop"; "no: stop" and a listed "no más" ask for it. */
function isRefused(without: string, rules: RuleSet): boolean {
  let refused = false;
  scan(without, rules.refused, () => {
    refused = true;
    return true;
  });
  return refused;
}

/** Opt-out words and what people put around them; in a sentence without our line, around an unmistakable one. */
function isAround(sentence: string, rules: RuleSet): boolean {
  const words = wordsOf(sentence);
  const isSure = !sentence.includes(TAKEN_OUT) && words.some((word) => rules.unmistakable.has(word));
  return isOnly(words, isSure ? rules.aroundUnmistakable : rules.aroundOptOut, rules);
}

/** Our texts end with the line, so what follows is the person's own: "STOP", or a sentence about it. */
function saysItAfter(without: string, rules: RuleSet): boolean {
  const after = without.slice(without.lastIndexOf(TAKEN_OUT) + TAKEN_OUT.length);
  const words = wordsOf(after);
  if (!after.startsWith('/ ')) return words.length > 0 && words.every((word) => rules.unmistakable.has(word));
  const saysIt = words.some((_, at) => optOutAt(words, at, rules) !== null);
  return saysIt && isOnly(words, rules.aroundOptOut, rules);
}

function isOnly(words: string[], around: ReadonlySet<string>, rules: RuleSet): boolean {
  for (let at = 0; at < words.length; ) {
    const length = optOutAt(words, at, rules) ?? (around.has(words[at] ?? '') ? 1 : null);
    if (length === null) return false;
    at += length;
  }
  return true;
}

const wordsOf = (text: string): string[] => text.split(/[ /~]+/).filter((word) => word !== '');
