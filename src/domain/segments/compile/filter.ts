import { DAY_MS } from '../../durations.ts';

/** A filter for MongoDB's `find`. Its keys are ours; what a client gave stands in it as a checked scalar only. */
export type Filter = { [key: string]: unknown };

type Scalar = string | number | boolean | Date;

/** The value itself. Throws TypeError where it is an object, so that no value is ever read as an operator. */
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

/** Text that begins with one of these, to the letter. */
export function startingWith(path: string, beginnings: readonly string[]): Filter {
  const escaped = beginnings.map((one) => scalar(one).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return { [path]: { $regex: `^(?:${escaped.join('|')})` } };
}

/** The same of many beginnings, as stretches of the alphabet, each of which an index answers. */
export function beginningWith(path: string, beginnings: readonly string[]): Filter {
  return { $or: beginnings.map((one) => ({ [path]: { $gte: scalar(one), $lt: after(scalar(one)) } })) };
}

/** The first text that no longer begins so: its last letter is the next. */
const after = (text: string): string =>
  `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;

/** What lies from `from` on and before `before`; without both it is whatever is there. */
export function between(path: string, bounds: { from?: Date; before?: Date }): Filter {
  const range = {
    ...(bounds.from === undefined ? {} : { $gte: scalar(bounds.from) }),
    ...(bounds.before === undefined ? {} : { $lt: scalar(bounds.before) }),
  };
  return Object.keys(range).length === 0 ? {} : { [path]: range };
}

/** The bounds of a moment that lies more than `olderThanDays`, and at most `newerThanDays`, before `now`. */
export function ageBounds(
  asked: { olderThanDays?: number; newerThanDays?: number },
  now: Date,
): { from?: Date; before?: Date } {
  return {
    ...(asked.newerThanDays === undefined ? {} : { from: daysBefore(now, asked.newerThanDays) }),
    ...(asked.olderThanDays === undefined ? {} : { before: daysBefore(now, asked.olderThanDays) }),
  };
}

/** The rows of what a person did, in an aggregation; none where there is no profile. */
export const dayRows = { $cond: [{ $isArray: '$profile.days' }, '$profile.days', []] };

export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - scalar(days) * DAY_MS);
}

/** The moment at which a day of UTC begins, by its date. */
export const startOf = (date: string): Date => scalar(new Date(`${scalar(date)}T00:00:00Z`));

/** The start of the day in UTC. */
export function dayOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
}
