import { ERROR_CODES } from '../hygiene/error-codes.ts';
import type { ErrorClass } from '../hygiene/error-row.ts';

const OF_THE_NUMBER: readonly ErrorClass[] = ['gone', 'not-mobile', 'unreachable'];

/** Codes of errors that speak of the recipient's number, not of us, the text or a network. */
export const NUMBER_CODES: readonly string[] = ERROR_CODES.filter((row) =>
  OF_THE_NUMBER.includes(row.class),
).map(({ code }) => code);
