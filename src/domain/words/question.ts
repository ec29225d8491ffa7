/** Longest run of signs at a text's end that is looked at for a question mark. */
const LAST_SIGNS = 12;

/** Ends with a question mark: "Deals?", "Pas de messages?". */
export function isQuestion(folded: string): boolean {
  return /[?؟][^\p{L}\p{N}]*$/u.test(folded.slice(-LAST_SIGNS));
}

/** Longest end of a text in which a word that only presses a demand is looked for. */
const LAST_WORDS = 24;
const PRESSING =
  /[,.!;] *\u00bf? *(?:ok|okay|understood|please|si|vale|entendido|por favor|ok merci|compris|daccord|svp|verstanden|klar|bitte|capito|chiaro|per favore|entendeu|jasne)\?+\s*$/u;

/** A question that does not only press what was said: "No más mensajes, ¿entendido?" asks nothing. */
export function asks(folded: string): boolean {
  return isQuestion(folded) && !PRESSING.test(folded.slice(-LAST_WORDS));
}
