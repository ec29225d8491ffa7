import type { FieldDefinition } from '../../contacts/profile.ts';
import { DAY_MS } from '../../durations.ts';
import type { Tree } from '../tree.ts';
import type { ClauseFault } from './shapes.ts';

export function rangeFaults(
  low: number | undefined,
  high: number | undefined,
  names: readonly [string, string],
  at: string,
): ClauseFault[] {
  if (low === undefined && high === undefined) {
    return [{ path: at, problem: `This clause asks nothing: it needs ${names.join(' or ')}.` }];
  }
  return reversedFaults(low, high, `${at}/${names[0]}`);
}

export function spanFaults({ olderThanDays: older, newerThanDays: newer }: Spanned): ClauseFault[] {
  if (older === undefined || newer === undefined || older < newer) return [];
  const problem = `Nobody can match: what is older than ${older} days is not newer than ${newer} days.`;
  return [{ path: '/olderThanDays', problem }];
}
type Spanned = { olderThanDays?: number; newerThanDays?: number };

/** Finds a range that ends before it begins. A missing end is open. */
export function reversedFaults(
  low: number | undefined,
  high: number | undefined,
  path: string,
): ClauseFault[] {
  if (low === undefined || high === undefined || low <= high) return [];
  return [{ path, problem: `Nobody can match: ${low} is more than ${high}.` }];
}

/**
 * The possible values of one property (`of`) of a person: `any` known value, listed values, strings with one of
 * these prefixes, or numbers in a closed range.
 */
export type ValueRange = { of: string } & (
  | { kind: 'any' }
  | { kind: 'values'; values: ReadonlySet<unknown> }
  | { kind: 'beginnings'; beginnings: ReadonlySet<string> }
  | { kind: 'range'; from: number; to: number }
);

/**
 * True where no value lies in both ranges. Also false where the properties differ, or the answer is not decided.
 */
export function areApart(a: ValueRange, b: ValueRange): boolean {
  if (a.of !== b.of) return false;
  if (a.kind === 'range' && b.kind === 'range') return a.from > b.to || b.from > a.to;
  if (a.kind === 'values' && b.kind === 'values') return every(a.values, (value) => !b.values.has(value));
  if (a.kind === 'values' && b.kind === 'beginnings') {
    return every(a.values, (value) => !beginsWithin(value, b.beginnings));
  }
  if (a.kind === 'beginnings' && b.kind === 'values') return areApart(b, a);
  return a.kind === 'beginnings' && b.kind === 'beginnings'
    ? every(a.beginnings, (beginning) => !beginsWithin(beginning, b.beginnings)) &&
        every(b.beginnings, (beginning) => !beginsWithin(beginning, a.beginnings))
    : false;
}

/** True where every value of the first range lies in the second. Also false where the answer is not decided. */
export function isWithin(a: ValueRange, b: ValueRange): boolean {
  if (a.of !== b.of) return false;
  if (b.kind === 'any') return true;
  if (a.kind === 'range' && b.kind === 'range') return a.from >= b.from && a.to <= b.to;
  if (a.kind === 'values' && b.kind === 'values') return every(a.values, (value) => b.values.has(value));
  if (b.kind !== 'beginnings') return false;
  const { beginnings } = b;
  if (a.kind === 'values') return every(a.values, (value) => beginsWithin(value, beginnings));
  return a.kind === 'beginnings' && every(a.beginnings, (beginning) => beginsWithin(beginning, beginnings));
}

/** Iterates without copying the set: thousands of pairs are compared, and the first value decides most of them. */
function every<T>(values: ReadonlySet<T>, holds: (value: T) => boolean): boolean {
  for (const value of values) if (!holds(value)) return false;
  return true;
}

/** Looks up each prefix of the value in the set, since a clause may list a thousand prefixes. */
function beginsWithin(value: unknown, beginnings: ReadonlySet<string>): boolean {
  if (typeof value !== 'string') return false;
  return Array.from(value, (_, at) => at + 1).some((length) => beginnings.has(value.slice(0, length)));
}

/**
 * What a clause implies about single properties of a person. `says`: true of everyone who matches. `whole`:
 * everyone of whom `says` is true also matches. `ifKnown`: true of everyone who matches and whose property is
 * known; profiles that contradict it are refused.
 */
export type Reaches = { says: readonly ValueRange[]; whole: boolean; ifKnown: readonly ValueRange[] };

export const whole = (says: ValueRange | ValueRange[], more: Partial<Reaches> = {}): Reaches => ({
  says: [says].flat(),
  whole: true,
  ifKnown: [],
  ...more,
});
export const values = (field: string, allowed: readonly unknown[]): ValueRange => ({
  of: field,
  kind: 'values',
  values: new Set(allowed),
});
export const range = (field: string, from = -Infinity, to = Infinity): ValueRange => ({
  of: field,
  kind: 'range',
  from,
  to,
});

/** "Older than 30 days" begins with day 31 in whole days, so "older than 30" and "at most 30" do not overlap. */
export function span(field: string, ages: { olderThanDays?: number; newerThanDays?: number }): ValueRange[] {
  const { olderThanDays: older, newerThanDays: newer } = ages;
  if (older === undefined && newer === undefined) return [];
  return [range(field, older === undefined ? undefined : older + 1, newer)];
}

/**
 * A filter for MongoDB's `find`. Our code chooses all keys; values from a client appear only as checked scalars.
 */
export type Filter = { [key: string]: unknown };

type Scalar = string | number | boolean | Date;

/**
 * Returns the value. Throws TypeError where it is an object, so that MongoDB never reads a client's value as an
 * operator.
 */
export function scalar<T extends Scalar>(value: T): T {
  const plain = typeof value === 'string' || typeof value === 'boolean';
  const finite = typeof value === 'number' && Number.isFinite(value);
  const moment = value instanceof Date && !Number.isNaN(value.getTime());
  if (plain || finite || moment) return value;
  throw new TypeError('a value of a segment is no scalar');
}

export function among(path: string, values: readonly Scalar[]): Filter {
  return { [path]: { $in: values.map(scalar) } };
}

/** Matches strings that begin with one of these prefixes, case-sensitively. */
export function startingWith(path: string, beginnings: readonly string[]): Filter {
  const escaped = beginnings.map((beginning) => scalar(beginning).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return { [path]: { $regex: `^(?:${escaped.join('|')})` } };
}

/** Matches the same for many prefixes, as ranges that an index can answer. */
export function beginningWith(path: string, beginnings: readonly string[]): Filter {
  return {
    $or: beginnings.map((beginning) => ({
      [path]: { $gte: scalar(beginning), $lt: after(scalar(beginning)) },
    })),
  };
}

/** The first string after all those with this prefix: its last character is the next one. */
const after = (text: string): string =>
  `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;

/** Matches dates from `from` (inclusive) to `before` (exclusive); without both, any value matches. */
export function between(path: string, bounds: { from?: Date; before?: Date }): Filter {
  const range = {
    ...(bounds.from === undefined ? {} : { $gte: scalar(bounds.from) }),
    ...(bounds.before === undefined ? {} : { $lt: scalar(bounds.before) }),
  };
  return Object.keys(range).length === 0 ? {} : { [path]: range };
}

/** The bounds of a date that lies more than `olderThanDays`, and at most `newerThanDays`, before `now`. */
export function ageBounds(
  asked: { olderThanDays?: number; newerThanDays?: number },
  now: Date,
): { from?: Date; before?: Date } {
  return {
    ...(asked.newerThanDays === undefined ? {} : { from: daysBefore(now, asked.newerThanDays) }),
    ...(asked.olderThanDays === undefined ? {} : { before: daysBefore(now, asked.olderThanDays) }),
  };
}

/** A person's activity by day, in an aggregation; empty where there is no profile. */
export const dayRows = { $cond: [{ $isArray: '$profile.days' }, '$profile.days', []] };

export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - scalar(days) * DAY_MS);
}

/** The start of a UTC day, given as an ISO date. */
export const startOf = (date: string): Date => scalar(new Date(`${scalar(date)}T00:00:00Z`));

/** The start of the UTC day of a moment. */
export function dayOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
}

/** The names behind the ids in a tree. Where an id has no name, the sentence shows the id. */
export type SentenceNames = Pick<SegmentContext, 'fields' | 'programs' | 'segments' | 'campaigns'>;

/** The phrase after "Everyone who", and its negation. */
export type Predicate = { is: string; isNot: string };

/** The most values that a sentence names; it counts the rest. */
const MOST_NAMED = 5;

/** "a", "a or b", "a, b or c", "a, b, c, d, e or 12 others". */
export function amongWords(values: readonly string[]): string {
  const unnamedCount = values.length - MOST_NAMED;
  const named = unnamedCount <= 1 ? values : [...values.slice(0, MOST_NAMED), `${unnamedCount} others`];
  return named.length === 1 ? `${named[0]}` : `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`;
}

/** The negation of such a clause matches everyone whose value is unknown, and its phrase says so. */
export function unknownToo(verb: string, what: string, infinitive: string): Predicate {
  return { is: `${verb} ${what}`, isNot: `is not known to ${infinitive} ${what}` };
}

export const quoted = (text: string): string => `“${text}”`;

/** "a day", "30 days". */
export const daysOf = (days: number): string => (days === 1 ? 'a day' : `${days} days`);

/** "in the last day", "in the next 30 days". */
export const within = (direction: 'last' | 'next', days: number): string =>
  `in the ${direction} ${days === 1 ? 'day' : daysOf(days)}`;

/**
 * What a tree may refer to. `self`: the id of the segment that the tree belongs to or will be saved as; null: none.
 */
export type SegmentContext = {
  fields: readonly FieldDefinition[];
  programs: readonly { id: string; name: string; topics: readonly { id: string }[] }[];
  segments: readonly SavedSegment[];
  campaigns: readonly { id: string; name: string }[];
  /** Stages that contacts can be put in, and removed stages in which contacts still are. */
  stages: ReadonlySet<string>;
  self: string | null;
  /** When the tree is evaluated: some dates lie too far in the past or future. */
  now: Date;
  /** Present where the tree is saved now and evaluated later. */
  isAskedLater?: true;
};

/** A segment that other segments may name. Its tree was valid when it was saved. */
export type SavedSegment = { id: string; name: string; tree: Tree; archived?: boolean };
