import type { z } from 'zod';
import { dayWords } from '../../console-time.ts';
import { type FieldDefinition, type FieldType, isKeptSealed } from '../../contacts/profile.ts';
import { DAY_MS } from '../../durations.ts';
import type { LeafOf } from '../tree.ts';
import {
  among,
  amongWords,
  between,
  dayOf,
  daysBefore,
  type Filter,
  type Predicate,
  quoted,
  range,
  rangeFaults,
  type SegmentContext,
  type SentenceNames,
  scalar,
  startingWith,
  startOf,
  unknownToo,
  type ValueRange,
  within,
} from './clause.ts';
import { type ClauseFault, FIELD_NAME, type fieldTest } from './shapes.ts';

const FITTING: Record<FieldTest['kind'], readonly FieldType[]> = {
  known: ['text', 'number', 'boolean', 'date'],
  is: ['text', 'number', 'boolean'],
  'one-of': ['text'],
  'starts-with': ['text'],
  between: ['number'],
  before: ['date'],
  after: ['date'],
  within: ['date'],
};
const JAVASCRIPT: Partial<Record<FieldType, string>> = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
};
const CALLED: Record<FieldType, string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date',
};

export function fieldFaults({ name, test }: LeafOf<'field'>, { fields }: SegmentContext): ClauseFault[] {
  const field = fields.find((field) => field.name === name);
  if (!field) return [{ path: '/name', problem: 'There is no such field.' }];
  if (isKeptSealed(field)) return [{ path: '/name', problem: sealedProblem(field) }];
  const is = `“${field.label}” is ${CALLED[field.type]}`;
  if (!FITTING[test.kind].includes(field.type)) {
    return [{ path: '/test/kind', problem: `${is}; it cannot be asked this way.` }];
  }
  if (test.kind === 'is' && typeof test.value !== JAVASCRIPT[field.type]) {
    return [{ path: '/test/value', problem: `${is}, and the value is not.` }];
  }
  return test.kind === 'between' ? rangeFaults(test.low, test.high, ['low', 'high'], '/test') : [];
}

type Test = ValueRange extends infer R ? (R extends ValueRange ? Omit<R, 'of'> : never) : never;
const dayNumberOf = (date: string): number => Date.parse(date) / DAY_MS;

/**
 * A test relative to today becomes a range of its own, "from today": it is never comparable with calendar dates.
 */
export function fieldReaches({ name, test }: LeafOf<'field'>): ValueRange[] {
  const value: ValueRange = { of: `field ${name}`, ...testReach(test) };
  if (test.kind !== 'within') return [value];
  const [from, to] = test.direction === 'past' ? [-test.days, 0] : [0, test.days];
  return [value, range(`field ${name} from today`, from, to)];
}

/** Dates become numbers of UTC days. */
function testReach(test: FieldTest): Test {
  switch (test.kind) {
    case 'is':
      return typeof test.value === 'number'
        ? { kind: 'range', from: test.value, to: test.value }
        : { kind: 'values', values: new Set([test.value]) };
    case 'one-of':
      return { kind: 'values', values: new Set(test.values) };
    case 'starts-with':
      return { kind: 'beginnings', beginnings: new Set([test.value]) };
    case 'between':
      return { kind: 'range', from: test.low ?? -Infinity, to: test.high ?? Infinity };
    case 'before':
      return { kind: 'range', from: -Infinity, to: dayNumberOf(test.date) - 1 };
    case 'after':
      return { kind: 'range', from: dayNumberOf(test.date) + 1, to: Infinity };
    default:
      return { kind: 'any' };
  }
}

/** Says why no clause can use a sealed field. */
export const sealedProblem = ({ label }: Pick<FieldDefinition, 'label'>): string =>
  `“${label}” holds mailboxes or phone numbers, which are kept sealed; no segment can ask it.`;

export type FieldTest = z.infer<typeof fieldTest>;

/**
 * MongoDB compares only values of the same type: a test of another type than the field's matches nobody. Throws
 * TypeError at an unknown test or an invalid name.
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

/** Whole UTC days: today and the `days` before or after it. */
function window(days: number, direction: 'past' | 'coming', now: Date): { from: Date; before: Date } {
  const today = dayOf(now);
  return direction === 'past'
    ? { from: daysBefore(today, days), before: daysBefore(today, -1) }
    : { from: today, before: daysBefore(today, -days - 1) };
}

export function fieldPredicate({ name, test }: LeafOf<'field'>, { fields }: SentenceNames): Predicate {
  const label = quoted(fields.find((field) => field.name === name)?.label ?? name);
  if (test.kind === 'known') return { is: `has a ${label}`, isNot: `has no ${label}` };
  return unknownToo('has', `${label} ${tested(test)}`, 'have');
}

function tested(test: Exclude<FieldTest, { kind: 'known' }>): string {
  switch (test.kind) {
    case 'is':
      if (typeof test.value === 'boolean') return test.value ? 'as yes' : 'as no';
      return `as ${typeof test.value === 'string' ? quoted(test.value) : test.value}`;
    case 'one-of':
      return `as ${amongWords(test.values.map(quoted))}`;
    case 'starts-with':
      return `beginning with ${quoted(test.value)}`;
    case 'between':
      if (test.low === undefined) return `of at most ${test.high}`;
      return test.high === undefined ? `of at least ${test.low}` : `from ${test.low} to ${test.high}`;
    case 'before':
    case 'after':
      return `${test.kind} ${dayWords(test.date)}`;
    case 'within':
      return within(test.direction === 'past' ? 'last' : 'next', test.days);
  }
}
