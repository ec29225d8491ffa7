import type { FieldDefinition, FieldType, FieldValue } from './profile.ts';

const LONGEST_TEXT = 500;
const DAY_OR_TIME = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** What is wrong with a value that is not of a type. */
const WANTED: Record<FieldType, string> = {
  text: `It must be one line of text of 1 to ${LONGEST_TEXT} characters.`,
  number: 'It must be a number.',
  boolean: 'It must be true or false.',
  date: 'It must be a date, "2026-01-05", or a time with its zone, "2026-01-05T10:00:00Z".',
};

type Read = { value: FieldValue } | { fault: string };

/** Reads what JSON gave for an own field, as its definition says. A date alone is midnight in UTC. */
export function readFieldValue({ type }: Pick<FieldDefinition, 'type'>, given: unknown): Read {
  const value = READERS[type](given);
  return value === null ? { fault: WANTED[type] } : { value };
}

const READERS: Record<FieldType, (given: unknown) => FieldValue | null> = {
  text: (given) => {
    if (typeof given !== 'string' || /[\p{Cc}\u2028\u2029]/u.test(given)) return null;
    const text = given.trim();
    return text.length > 0 && text.length <= LONGEST_TEXT ? text : null;
  },
  number: (given) => (typeof given === 'number' && Number.isFinite(given) ? given : null),
  boolean: (given) => (typeof given === 'boolean' ? given : null),
  date: (given) => (typeof given === 'string' ? readDate(given) : null),
};

function readDate(text: string): Date | null {
  const [, year = '', month = '', day = ''] = DAY_OR_TIME.exec(text) ?? [];
  if (year === '' || !isCalendarDate(`${year}-${month}-${day}`)) return null;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** Whether "2024-02-30" stands in the calendar. Years from 1880 to 2199. */
export function isCalendarDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1880 && year <= 2199 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** One value is another: dates by their time. */
export const isSameValue = (a: FieldValue | undefined, b: FieldValue | undefined): boolean =>
  a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
