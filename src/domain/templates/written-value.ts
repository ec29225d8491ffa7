import type { FieldValue } from '../audience/profile.ts';
import type { Language } from '../program.ts';
import { withoutLookAlikes } from './look-alikes.ts';

/**
 * A value of an own field as a text says it in a language: a day by its date in UTC, a number with its marks, both in
 * GSM-7: French groups digits by a narrow space, and has "août". What a person or another system wrote stays to the
 * letter; "" for what no text can say.
 */
export function writtenValue(value: FieldValue, language: Language): string {
  if (value instanceof Date) {
    const dateStyle = language === 'fr' ? 'short' : 'medium';
    return plain(new Intl.DateTimeFormat(language, { dateStyle, timeZone: 'UTC' }).format(value));
  }
  if (typeof value === 'number') return plain(new Intl.NumberFormat(language).format(value));
  return typeof value === 'string' ? value : '';
}

const plain = (text: string): string => withoutLookAlikes(text).text;
