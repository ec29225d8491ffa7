import { utcDay } from '../durations.ts';
import type { Language } from '../program.ts';
import { fold, withoutSigns } from './normalise.ts';

const MONTH_NAMES: string[][] = [
  ['january', 'jan', 'janvier', 'enero', 'janeiro'],
  ['february', 'feb', 'fevrier', 'febrero', 'fevereiro'],
  ['march', 'mar', 'mars', 'marzo', 'marco'],
  ['april', 'apr', 'avril', 'abril'],
  ['may', 'mai', 'mayo', 'maio'],
  ['june', 'jun', 'juin', 'junio', 'junho'],
  ['july', 'jul', 'juillet', 'julio', 'julho'],
  ['august', 'aug', 'aout', 'agosto'],
  ['september', 'sep', 'sept', 'septembre', 'septiembre', 'setembro'],
  ['october', 'oct', 'octobre', 'octubre', 'outubro'],
  ['november', 'nov', 'novembre', 'noviembre', 'novembro'],
  ['december', 'dec', 'decembre', 'diciembre', 'dezembro'],
];
const MONTHS = new Map(MONTH_NAMES.flatMap((names, at) => names.map((name) => [name, at + 1] as const)));
const JOINING = new Set(['de', 'del', 'of', 'le', 'el', 'the', 'do']);

/**
 * Reads a text that is only a calendar date, as ISO yyyy-mm-dd: year first, month/day/year as in the US, or with a
 * month's name. Day/month/year is read only when the day is above 12. `isUnclearDate` decides whether the US order
 * may be assumed.
 * @param words the normalised text, split at spaces
 */
export function readBirthDate(words: string[]): string | null {
  const parts = partsOf(words);
  if (parts.length === 1 && /^\d{8}$/.test(parts[0] ?? '')) return readDigits(parts[0] ?? '');
  if (parts.length !== 3) return null;
  const [first = '', second = '', third = ''] = parts;
  if (/^\d{4}$/.test(first)) return calendarDate(first, numberOf(second), numberOf(third));
  if (!/^\d{4}$/.test(third)) return null;
  if (MONTHS.has(second) || numberOf(first) > 12)
    return calendarDate(third, numberOf(second), numberOf(first));
  return calendarDate(third, numberOf(first), numberOf(second));
}

const YEAR_LAST = /\b(\d{1,2}) (\d{1,2}) \d{4}\b|\b(\d\d)(\d\d)\d{4}\b/;
const DOTTED = /\d\s*\.\s*\d/;

/**
 * Whether day and month of a date may be swapped: the year comes last, both numbers may be the month, and the person
 * was asked in a language that writes the day first, or wrote dots, as nobody does in the US.
 */
export function isUnclearDate(text: string, language: Language): boolean {
  const folded = fold(text);
  if (language === 'en' && !DOTTED.test(folded)) return false;
  const found = YEAR_LAST.exec(partsOf(withoutSigns(folded).split(' ')).join(' '));
  const [first, second] = (found ?? [])
    .slice(1)
    .filter((part) => part !== undefined)
    .map(Number);
  if (first === undefined || second === undefined) return false;
  return first <= 12 && second <= 12 && first !== second;
}

/** Whether a text may contain a date: a digit of any script or a month's name. */
export function mayTellDate(text: string): boolean {
  if (/\p{N}/u.test(text)) return true;
  const words = withoutSigns(fold(text)).split(' ');
  return words.some((word) => MONTHS.has(word));
}

/** Whether a person born on `birth` is at least `years` old on the day `on`; both yyyy-mm-dd. */
export function isOver(birth: string, years: number, on: string): boolean {
  return `${Number(birth.slice(0, 4)) + years}${birth.slice(4)}` <= on;
}

/**
 * Lowest age, in years, of a person who texts a birth date. Our own choice: a later date means something else, or is
 * a slip.
 */
const LEAST_AGE = 5;

/**
 * Whether the writer may have been born on this date. Rules out future dates and recent ones, such as that of a
 * delivery.
 */
export const mayBeBirthDate = (date: string, toldAt: Date): boolean =>
  isOver(date, LEAST_AGE, utcDay(toldAt));

const partsOf = (words: readonly string[]): string[] =>
  words.flatMap((word) => (JOINING.has(word) ? [] : [word.replace(/^(\d{1,2})(?:st|nd|rd|th|er)$/, '$1')]));

function readDigits(digits: string): string | null {
  return (
    calendarDate(digits.slice(4), Number(digits.slice(0, 2)), Number(digits.slice(2, 4))) ??
    calendarDate(digits.slice(0, 4), Number(digits.slice(4, 6)), Number(digits.slice(6)))
  );
}

function numberOf(part: string): number {
  return MONTHS.get(part) ?? (/^\d{1,2}$/.test(part) ? Number(part) : Number.NaN);
}

function calendarDate(year: string, month: number, day: number): string | null {
  if (Number.isNaN(month) || Number.isNaN(day) || Number(year) < 1880 || Number(year) > 2199) return null;
  const date = new Date(Date.UTC(Number(year), month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return utcDay(date);
}
