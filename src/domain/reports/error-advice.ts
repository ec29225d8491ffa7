import type { ClassedCode } from '../hygiene/classed-codes.ts';
import { codeOf } from '../hygiene/error-codes.ts';
import type { ErrorClass } from '../hygiene/error-row.ts';

/** What an error means, and what a person may do. */
export type ErrorAdvice = { class: ErrorClass; sentence: string; todo: string };

/** What people said of codes that are not in the table. */
export type Classed = ReadonlyMap<string, Pick<ClassedCode, 'class' | 'note'>>;

/** `code`: of the carrier, or `none`. */
export function adviceOn(code: string, classed: Classed): ErrorAdvice {
  const known = codeOf(code);
  if (known !== null) return { class: known.class, sentence: known.sentence, todo: known.todo };
  const said = classed.get(code);
  if (said !== undefined) return saidOf(said);
  return /^\d{4,6}$/.test(code) ? NOT_KNOWN : OURS;
}

const saidOf = ({ class: said, note }: Pick<ClassedCode, 'class' | 'note'>): ErrorAdvice => ({
  class: said,
  sentence: `A person classed it, and noted: “${note}”.`,
  todo: 'It is treated so. Where that is wrong, class it anew: POST /error-codes/{code}/classify.',
});

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
