import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { foldDigits, isFictional, PASTED_MARKS } from './numbers.ts';

/** What was removed or changed to read a number. None of these leads to another phone. */
export const CLEANINGS = {
  punctuation: 'Spaces, dashes, dots or brackets.',
  digits: 'Digits of another script.',
  letters: 'The word of a toll-free number, as its keys.',
  'tel-prefix': '"tel:" before it.',
  'international-prefix': '00 or 011 instead of +.',
  'country-code': 'The country code without +.',
  'trunk-prefix': 'The 0 (or 1, 8) that is dialled inside a country.',
} as const;
export type Cleaning = keyof typeof CLEANINGS;

/** Why a number is refused, and what to do. */
export const REFUSALS = {
  empty: 'No number was given.',
  'too-long': 'The text is longer than any phone number.',
  scripts: 'The digits are of two different scripts.',
  extension: 'A number with an extension cannot get texts. Give the number of a mobile phone.',
  rounded: 'A spreadsheet wrote it as a decimal, and digits may be lost. Export the column as text.',
  letters: 'It has letters, and is not a toll-free number with a word.',
  characters: 'It has characters that no phone number has. Give one number alone.',
  'no-country': 'It has no country code. Write it with +, or name its country.',
  ambiguous: 'It could be a number of several of these countries. Write it with + and the country code.',
  'other-country': 'It is a number, but of another country than was stated.',
  'no-such-number': 'No phone has such a number: its digits are too few, too many, or not in use.',
} as const;
export type NumberFormatRefusal = keyof typeof REFUSALS;

/**
 * The countries of a number without country code. `stated` binds every number; `allowed` only those without a code.
 * ISO 3166-1 alpha-2.
 */
export type Countries = { stated: string | null; allowed: readonly string[] };

export type Normalised =
  | {
      kind: 'number';
      e164: string;
      /** Null when the numbering plan belongs to no single country, and for fictional numbers. */
      country: string | null;
      /** Source of the country: the number's own code, the stated country, or the allowed countries (a guess). */
      from: 'number' | 'stated' | 'guess';
      cleaned: Cleaning[];
    }
  /** `countries`: those that an ambiguous number may belong to, or the one that it belongs to. */
  | { kind: 'refused'; why: NumberFormatRefusal; countries: string[] };

const LONGEST_INPUT = 100;
const no = (why: NumberFormatRefusal, countries: string[] = []): Normalised => ({
  kind: 'refused',
  why,
  countries,
});

export const isCountry = (code: string): code is CountryCode => isSupportedCountry(code);

/**
 * Converts a number from a list to E.164, and says what was changed. Never reads it as of another country than the
 * stated one. A number without country code is read only in the given countries, and refused when it fits two of
 * them.
 */
export function normaliseNumber(input: string, countries: Countries): Normalised {
  if (input.length > LONGEST_INPUT) return no('too-long');
  const written = input.replace(PASTED_MARKS, '').trim();
  const folded = foldDigits(written.replace(/^tel:/i, '').replace(/^'/, '').trim());
  if (folded === null) return no('scripts');
  const text = wordAsKeys(folded);
  const fault = faultOf(folded, text);
  if (fault !== null) return no(fault);
  const digits = text.replace(/\D/g, '');
  const read = text.includes('+') ? readInternational(text, countries) : readNational(digits, countries);
  if (read.kind === 'refused') return read;
  const kept = read.cleaned.includes('trunk-prefix') ? text.replace('(0)', '') : text;
  const cleaned = read.cleaned.concat(
    /^tel:/i.test(written) ? ['tel-prefix'] : [],
    /[^\d+]/.test(kept) ? ['punctuation'] : [],
    foldDigits(written) === written ? [] : ['digits'],
    text === folded ? [] : ['letters'],
  );
  // Only toll-free numbers are sold with a word for keys. Elsewhere letters are a name or a remark.
  return text !== folded && !/^\+18(?:00|33|44|55|66|77|88)/.test(read.e164)
    ? no('letters')
    : { ...read, cleaned };
}

function faultOf(folded: string, text: string): NumberFormatRefusal | null {
  if (folded === '') return 'empty';
  if (/\d\s*(?:x|ext(?:ension)?\.?|#|;ext=)\s*\d+$/i.test(folded)) return 'extension';
  if (/^\d(?:[.,]\d+)?E\+?\d+$/i.test(folded) || /^\+?\d{6,}[.,]0+$/.test(folded)) return 'rounded';
  if (/\p{L}/u.test(text)) return 'letters';
  return /^\(?\+?[\d\s().\-\u2010-\u2015]*\d[\d\s().\-\u2010-\u2015]*$/.test(text) ? null : 'characters';
}

/**
 * Converts the word of 1-800-FLOWERS or 800-555-TELL to keys: a toll-free code, optionally three digits, and a word
 * that completes ten digits.
 */
function wordAsKeys(text: string): string {
  const [, digits = '', word = ''] = /^(\+?[\d\s().-]*\d[\s).-]*)([A-Z][A-Z\s-]*)$/i.exec(text) ?? [];
  const count = digits.replace(/\D/g, '').replace(/^1/, '').length;
  const letters = word.replace(/[^A-Z]/gi, '').length;
  if ((count !== 3 && count !== 6) || count + letters !== 10) return text;
  return digits + word.toUpperCase().replace(/[A-Z]/g, (letter) => keyOf(letter));
}

const KEYS = ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'];
const keyOf = (letter: string): string => String(KEYS.findIndex((key) => key.includes(letter)) + 2);

function readInternational(text: string, { stated }: Countries): Normalised {
  const whole = readDigits(text);
  // In Italy, for example, the 0 is part of the number: without the 0 it is another phone's number.
  const phone = whole ?? readDigits(text.replace('(0)', ''));
  if (phone === null) return no('no-such-number');
  if (stated !== null && !belongs(phone, [stated])) return no('other-country', countriesOf([phone]));
  const cleaned: Cleaning[] = whole === null ? ['trunk-prefix'] : [];
  return { kind: 'number', e164: phone.number, country: countryOf(phone), from: 'number', cleaned };
}

/** Null when the numbering plan has no such number or would change its digits. */
function readDigits(text: string): PhoneNumber | null {
  const written = `+${text.replace(/\D/g, '')}`;
  const phone = parsePhoneNumberFromString(written, { extract: false });
  return phone !== undefined && isUsable(phone) && phone.number === written ? phone : null;
}

type Reading = { phone: PhoneNumber; prefix: Cleaning | null };

function readNational(digits: string, { stated, allowed }: Countries): Normalised {
  const among = stated === null ? [...allowed] : [stated];
  if (among.length === 0) return no('no-country');
  const readings = among.flatMap((country) => readIn(digits, country));
  const fitting = readings.filter(
    ({ phone, prefix }) => belongs(phone, among) || (stated === null && prefix === 'international-prefix'),
  );
  const phones = fitting.map(({ phone }) => phone);
  if (new Set(phones.map(({ number }) => number)).size > 1) return no('ambiguous', countriesOf(phones));
  const [first] = fitting;
  if (first === undefined) {
    const elsewhere = countriesOf(readings.map(({ phone }) => phone));
    return readings.length === 0 ? no('no-such-number') : no('other-country', elsewhere);
  }
  const { phone, prefix } = first;
  const own = prefix === 'international-prefix' ? 'number' : 'guess';
  return {
    kind: 'number',
    e164: phone.number,
    country: countryOf(phone),
    from: stated === null ? own : 'stated',
    cleaned: prefix === null ? [] : [prefix],
  };
}

/**
 * Readings of national digits in one country. None when the country has no such number, or the plan would change more
 * than a known prefix. Two when a number may begin with the digits of its country's code: 49171 1234567 is a number
 * in East Frisia, and +49 171 1234567 a mobile phone.
 */
function readIn(digits: string, country: string): Reading[] {
  const phone = parsePhoneNumberFromString(digits, {
    defaultCountry: country as CountryCode,
    extract: false,
  });
  if (phone === undefined || !isUsable(phone) || !digits.endsWith(phone.nationalNumber)) return [];
  const before = digits.slice(0, digits.length - phone.nationalNumber.length);
  const code: string = phone.countryCallingCode;
  if (before === '') {
    const whole = digits.startsWith(code) ? readDigits(digits) : null;
    const own: Reading = { phone, prefix: null };
    return whole === null ? [own] : [own, { phone: whole, prefix: 'country-code' }];
  }
  if (before === code) return [{ phone, prefix: 'country-code' }];
  if (before.length <= 2) return [{ phone, prefix: 'trunk-prefix' }];
  return before === `00${code}` || before === `011${code}` ? [{ phone, prefix: 'international-prefix' }] : [];
}

const isUsable = (phone: PhoneNumber): boolean => phone.isValid() || isFictional(phone.number);

/** Null for a number out of use: the country it was read in says nothing about it. */
const countryOf = (phone: PhoneNumber): string | null => (phone.isValid() ? (phone.country ?? null) : null);

/**
 * Whether a number belongs to the countries. A fictional number has no country and is accepted for the US and Canada.
 */
function belongs(phone: PhoneNumber, countries: readonly string[]): boolean {
  const own = countryOf(phone);
  if (own !== null) return countries.includes(own);
  return isFictional(phone.number) && countries.some((country) => country === 'US' || country === 'CA');
}

const countriesOf = (phones: readonly PhoneNumber[]): string[] =>
  [...new Set(phones.flatMap((phone) => countryOf(phone) ?? []))].sort();
