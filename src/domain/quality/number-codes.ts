import type { ClassedCode } from '../hygiene/classed-codes.ts';
import { ERROR_CODES } from '../hygiene/error-codes.ts';
import type { ErrorClass } from '../hygiene/error-row.ts';

const OF_THE_NUMBER: readonly ErrorClass[] = ['gone', 'not-mobile', 'unreachable'];

/** Codes of errors that speak of the recipient's number, not of us, the text or a network: the table's, and those that people classed so. */
export function numberCodes(classed: ReadonlyMap<string, Pick<ClassedCode, 'class'>>): string[] {
  const known = ERROR_CODES.filter((row) => OF_THE_NUMBER.includes(row.class)).map(({ code }) => code);
  const said = [...classed].flatMap(([code, of]) => (OF_THE_NUMBER.includes(of.class) ? code : []));
  return [...new Set([...known, ...said])];
}
