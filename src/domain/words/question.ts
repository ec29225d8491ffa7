/** Longest run of signs at a text's end that is looked at for a question mark. */
const LAST_SIGNS = 12;

/** Ends with a question mark: "Deals?", "Pas de messages?". */
export function isQuestion(folded: string): boolean {
  return /[?؟][^\p{L}\p{N}]*$/u.test(folded.slice(-LAST_SIGNS));
}
