import type { AppContext } from '../consent/app-context.ts';
import type { FieldDefinition } from '../domain/contacts/profile.ts';
import { heldIndexes } from '../store/contacts/contacts.ts';
import { numberTold } from './duplicates.ts';
import type { SaveRequest } from './profiles.ts';

/**
 * Takes so many of the unknown numbers that whoever asks may still name today. Resolves to how many were left before: with
 * none left no number may be named, a known one neither, or which is known would follow from what is refused.
 */
export type Tries = (unknown: number) => Promise<number>;

/** Whoever asks has named as many unknown numbers today as they may. */
export class TriesSpent extends Error {
  override name = 'TriesSpent';
  /** Of a list the last line that was dealt with. */
  readonly line: number;
  constructor(line: number) {
    super('the unknown numbers of a day are spent');
    this.line = line;
  }
}

/**
 * How many of some rows, the first ones, may be dealt with: each number in them that nobody is held under takes one try. It has
 * to be asked before anything is written. What is saved by number is found again by contact: whoever saves another list
 * with each number that may be right reads in one profile which of them it is.
 */
export async function rowsWithinTries<Row>(
  { store, indexOf }: AppContext,
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

/** The same for the numbers of one request. Throws `TriesSpent` where it may not be dealt with. */
export async function takeTries(
  desk: AppContext,
  numbers: readonly string[],
  tries: Tries | null,
): Promise<void> {
  if (tries === null) return;
  if ((await rowsWithinTries(desk, [numbers], (named) => named, tries)) === 0) throw new TriesSpent(0);
}

/** The numbers, E.164, that a request names: the person's own, and others that it tells of them, by which duplicates are found. */
export function numbersIn(
  { number, changes }: SaveRequest,
  fields: ReadonlyMap<string, FieldDefinition>,
): string[] {
  const told = Object.entries(changes.fields ?? {}).filter(
    ([name]) => fields.get(name)?.identifies === 'phone',
  );
  return [number, ...told.flatMap(([, value]) => (typeof value === 'string' ? numberTold(value) : []))];
}
