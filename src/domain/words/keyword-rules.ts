/**
 * The rules under which words of a program are read. They name those words, as `normalise` leaves them: which of its words
 * somebody texted is known afterwards without the text. None of these words has a sign in it.
 */
const KEYWORD = 'join:keyword:';
const CODES = 'topics-on:';
const CONFIRM_WORD = 'yes:confirm-word:';

export const ruleOfKeyword = (word: string): string => `${KEYWORD}${word}`;
export const ruleOfConfirmWord = (word: string): string => `${CONFIRM_WORD}${word}`;
export const ruleOfCodes = (words: readonly string[]): string => `${CODES}${[...new Set(words)].join('+')}`;

/** The words that a rule names; none where it is another rule. */
export function wordsOf(rule: string): string[] {
  if (rule.startsWith(KEYWORD)) return [rule.slice(KEYWORD.length)];
  return rule.startsWith(CODES) ? rule.slice(CODES.length).split('+') : [];
}

/** The confirm word that a rule names; null where it is another rule: YES is no program's own. */
export const confirmWordIn = (rule: string): string | null =>
  rule.startsWith(CONFIRM_WORD) ? rule.slice(CONFIRM_WORD.length) : null;
