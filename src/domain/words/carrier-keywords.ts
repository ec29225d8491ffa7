import type { Handling } from '../program.ts';

type CarrierKeyword = { class: 'stop' | 'start' | 'help'; word: string };

type Words = Record<CarrierKeyword['class'], readonly string[]>;

/** Twilio's default keywords, as listed in 2026. */
const TWILIO: Words = {
  stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  start: ['START', 'YES', 'UNSTOP'],
  help: ['HELP', 'INFO'],
};

/**
 * Toll-free: the network itself acts on STOP, START and UNSTOP; Twilio's own list applies on top, but YES lifts
 * nothing.
 */
const TOLL_FREE: Words = { ...TWILIO, start: ['START', 'UNSTOP'] };

const WORDS: Record<Handling, Words | null> = {
  own: null,
  advanced: TWILIO,
  default: TWILIO,
  network: TOLL_FREE,
};
const CLASSES = ['stop', 'start', 'help'] as const;

/**
 * The word that the carrier itself acts on; null when it acts on none. The whole text must be the word, apart from
 * case and surrounding blanks. A text with punctuation does not count, because Twilio documents no trimming, and
 * silence after an unrecognised STOP is worse than a second answer. With advanced handling, a posted `OptOutType`
 * says more than this list, which the owner of the service may have changed.
 */
export function carrierKeyword(text: string, handling: Handling): CarrierKeyword | null {
  const words = WORDS[handling];
  const word = text.trim().toUpperCase();
  if (words === null) return null;
  const found = CLASSES.find((wordClass) => words[wordClass].includes(word));
  return found === undefined ? null : { class: found, word };
}
