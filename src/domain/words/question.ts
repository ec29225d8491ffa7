import { SHARED_WORDS } from './word-files.ts';

/** Longest run of signs at a text's end that is looked at for a question mark. */
const LAST_SIGNS = 12;

/** Ends with a question mark: "Deals?", "Pas de messages?". */
export function isQuestion(folded: string): boolean {
  return /[?؟][^\p{L}\p{N}]*$/u.test(folded.slice(-LAST_SIGNS));
}

/** Longest end of a text in which a word that only presses a demand is looked for. */
const LAST_WORDS = 24;
const PRESSING = new RegExp(`[,.!;] *\u00bf? *(?:${SHARED_WORDS.pressing.join('|')})\\?+\\s*$`, 'u');

/** A question that does not only press what was said: "No más mensajes, ¿entendido?" asks nothing. */
export function asks(folded: string): boolean {
  return isQuestion(folded) && !PRESSING.test(folded.slice(-LAST_WORDS));
}
