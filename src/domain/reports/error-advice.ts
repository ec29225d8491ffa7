import { codeOf } from '../hygiene/error-codes.ts';
import type { ErrorClass } from '../hygiene/error-row.ts';

/** What an error means, and what a person may do. */
export type ErrorAdvice = { class: ErrorClass; sentence: string; todo: string };

export function adviceOn(code: string): ErrorAdvice {
  const known = codeOf(code);
  if (known !== null) return { class: known.class, sentence: known.sentence, todo: known.todo };
  return /^\d{5}$/.test(code) ? NOT_KNOWN : OURS;
}

const NOT_KNOWN: ErrorAdvice = {
  class: 'unknown',
  sentence: 'The carrier has not said this before.',
  todo: 'Read what it means in its dictionary; a person decides what it says of a number.',
};
const OURS: ErrorAdvice = {
  class: 'unknown',
  sentence: 'It ended without a code of the carrier.',
  todo: 'Look at one of the messages: GET /deliveries/{id} says what happened.',
};
