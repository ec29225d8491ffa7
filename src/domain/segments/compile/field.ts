import { FIELD_NAME } from '../clauses.ts';
import type { LeafOf } from '../tree.ts';
import { among, between, dayOf, daysBefore, type Filter, scalar, startingWith, startOf } from './filter.ts';

/**
 * The database compares only values of one type: a test of another type than the field's matches nobody.
 * Throws a TypeError at what is no test of a field.
 */
export function compileField({ name, test }: LeafOf<'field'>, now: Date): Filter {
  if (typeof name !== 'string' || !FIELD_NAME.test(name)) throw new TypeError('a field has no proper name');
  const path = `profile.fields.${name}`;
  switch (test.kind) {
    case 'known':
      return { [path]: { $ne: null } };
    case 'is':
      return among(path, [test.value]);
    case 'one-of':
      return among(path, test.values);
    case 'starts-with':
      return startingWith(path, [test.value]);
    case 'between':
      return { [path]: numberRange(test.low, test.high) };
    case 'before':
      return between(path, { before: startOf(test.date) });
    case 'after':
      return between(path, { from: daysBefore(startOf(test.date), -1) });
    case 'within':
      return between(path, window(test.days, test.direction, now));
    default:
      throw new TypeError('a field is asked in no known way');
  }
}

function numberRange(low: number | undefined, high: number | undefined): Filter {
  return {
    ...(low === undefined ? {} : { $gte: scalar(low) }),
    ...(high === undefined ? {} : { $lte: scalar(high) }),
  };
}

/** Whole days of UTC: today and the `days` before it, or after it. */
function window(days: number, direction: 'past' | 'coming', now: Date): { from: Date; before: Date } {
  const today = dayOf(now);
  return direction === 'past'
    ? { from: daysBefore(today, days), before: daysBefore(today, -1) }
    : { from: today, before: daysBefore(today, -days - 1) };
}
