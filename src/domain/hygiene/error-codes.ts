import type { ErrorRow } from './error-row.ts';
import { ERRORS_OF_NETWORKS } from './errors-of-networks.ts';
import { ERRORS_OF_NUMBERS } from './errors-of-numbers.ts';
import { ERRORS_OF_OURS } from './errors-of-ours.ts';

/** Every error of the carrier that we know, in the order of their codes. */
export const ERROR_CODES: readonly ErrorRow[] = [
  ...ERRORS_OF_NUMBERS,
  ...ERRORS_OF_OURS,
  ...ERRORS_OF_NETWORKS,
].sort((a, b) => Number(a.code) - Number(b.code));

const BY_CODE: ReadonlyMap<string, ErrorRow> = new Map(ERROR_CODES.map((row) => [row.code, row]));

/** Null for a code that is not in the table: it is never held against a number, and a person is asked about it. */
export const codeOf = (code: string): ErrorRow | null => BY_CODE.get(code) ?? null;

/** Codes of messages that may have reached the person all the same. */
export const MAY_HAVE_ARRIVED = ERROR_CODES.filter((row) => row.mayHaveArrived).map(({ code }) => code);

export const mayHaveArrived = (code: string | undefined): boolean =>
  code !== undefined && codeOf(code)?.mayHaveArrived === true;
