/** The shortest that somebody can be reached under. Signs may stand between its digits, letters may not. */
const NUMBER = /\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){6}/u;

const DAY = String.raw`(?:19|20)\d\d(?:-[01]\d-[0-3]\d|[01]\d[0-3]\d)|\d{1,2}([./])\d{1,2}\1(?:19|20)\d\d`;
const CLOCK = String.raw`\d{1,2}:\d\d(?::\d\d(?:\.\d{1,3})?)?`;
/** Ids of ours, such as of contacts: their characters are drawn by lot. */
const ID = String.raw`[a-z]_[\w-]{16}`;
/** What holds digits and is no number: days, times of day and ids, each on its own. */
const NO_NUMBER = new RegExp(
  String.raw`(?<![\p{L}\p{Nd}:])(?:(?:${DAY})(?:[T ]${CLOCK}Z?)?|${CLOCK}|${ID})(?![\p{L}\p{Nd}:])`,
  'gu',
);

/**
 * Whether words that a person wrote may hold a phone number: seven digits or more, of any script, with nothing but signs
 * between. So may the number of an order; what is kept in the clear for good holds neither.
 */
export const mayHoldNumber = (text: string): boolean => NUMBER.test(text.replace(NO_NUMBER, ' x '));

export const NUMBER_IN_CLEAR =
  'It is kept in the clear, and seven digits may be a phone number: name a contact by its id, and of any other number give the last four digits.';
