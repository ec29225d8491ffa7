import type { AppContext } from '../consent/app-context.ts';
import type { FieldDefinition } from '../domain/contacts/profile.ts';
import { heldIndexes } from '../store/contacts/contacts.ts';
import { numberTold } from './duplicates.ts';
import type { SaveRequest } from './profiles.ts';

/**
 * Takes this many of the unknown numbers that the caller may still name today, and resolves to how many were left
 * before. When none are left, the caller may name no number at all, not even a known one: otherwise each refusal
 * would tell which numbers are unknown.
 */
export type Tries = (unknown: number) => Promise<number>;

/** The caller has named as many unknown numbers today as it may. */
export class TriesSpent extends Error {
  override name = 'TriesSpent';
  /** For a list, the last line that was processed. */
  readonly line: number;
  constructor(line: number) {
    super('the unknown numbers of a day are spent');
    this.line = line;
  }
}

/**
 * How many of `rows`, from the first one, may be processed: each number in them that nobody holds takes one try.
 * Call before anything is written. Otherwise a caller could save a list with every number that may be right, and
 * read in one profile which of them it is.
 */
export async function rowsWithinTries<Row>(
  { store, indexOf }: Pick<AppContext, 'indexOf' | 'store'>,
  rows: readonly Row[],
  numbersOf: (row: Row) => readonly string[],
  tries: Tries,
): Promise<number> {
  const named = rows.map((row) => numbersOf(row).map(indexOf));
  const held = await heldIndexes(store, [...new Set(named.flat())]);
  const unknown = new Set(named.flat().filter((index) => !held.has(index)));
  const left = await tries(unknown.size);
  if (left >= unknown.size && left > 0) return rows.length;
  const seen = new Set<string>();
  const firstBeyond = named.findIndex((indexes) => {
    for (const index of indexes) if (unknown.has(index)) seen.add(index);
    return indexes.length > 0 && (left === 0 || seen.size > left);
  });
  return firstBeyond < 0 ? rows.length : firstBeyond;
}

/** The same for the numbers of one request. Throws `TriesSpent` when the request may not be processed. */
export async function takeTries(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  numbers: readonly string[],
  tries: Tries | null,
): Promise<void> {
  if (tries === null) return;
  if ((await rowsWithinTries(context, [numbers], (named) => named, tries)) === 0) throw new TriesSpent(0);
}

/**
 * The numbers (E.164) that a request names: the person's own, and others in their profile, by which duplicates are
 * found.
 */
export function numbersIn(
  { number, changes }: SaveRequest,
  fields: ReadonlyMap<string, FieldDefinition>,
): string[] {
  const told = Object.entries(changes.fields ?? {}).filter(
    ([name]) => fields.get(name)?.identifies === 'phone',
  );
  return [number, ...told.flatMap(([, value]) => (typeof value === 'string' ? numberTold(value) : []))];
}
