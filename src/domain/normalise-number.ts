import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { foldDigits, isFictional, PASTED_MARKS } from './numbers.ts';

/** What was taken off or changed so that a number could be read; nothing that leads to another phone. */
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
  'too-long': 'That is longer than any phone number.',
  scripts: 'The digits are of two different scripts.',
  extension: 'A number with an extension cannot get texts. Give the number of a mobile phone.',
  rounded: 'A spreadsheet wrote it as a decimal, and digits may be lost. Export the column as text.',
  letters: 'It holds letters, and is not a toll-free number with a word.',
  characters: 'It holds characters that no phone number has. Give one number alone.',
  'no-country': 'It has no country code. Write it with +, or say which country it is of.',
  ambiguous: 'It could be more than one number of these countries. Write it with + and the country code.',
  'other-country': 'It is a number, but of another country than was stated.',
  'no-such-number': 'No phone has such a number: its digits are too few, too many, or not in use.',
} as const;
export type NumberFormatRefusal = keyof typeof REFUSALS;

/** Which countries a number without country code may be of. `stated` binds every number, `allowed` only those. ISO 3166-1 alpha-2. */
export type Countries = { stated: string | null; allowed: readonly string[] };

export type Normalised =
  | {
      kind: 'number';
      e164: string;
      /** Null where the numbering plan is of no one country, and for numbers of fiction. */
      country: string | null;
      /** Where the country comes from: the number's own code, what was stated of it, or the countries allowed (a guess). */
      from: 'number' | 'stated' | 'guess';
      cleaned: Cleaning[];
    }
  /** `countries`: those an ambiguous number may be of, or the one it is of. */
  | { kind: 'refused'; why: NumberFormatRefusal; countries: string[] };

const LONGEST_INPUT = 100;
const no = (why: NumberFormatRefusal, countries: string[] = []): Normalised => ({
  kind: 'refused',
  why,
  countries,
});

export const isCountry = (code: string): code is CountryCode => isSupportedCountry(code);

/**
 * E.164 of whatever a list holds as a number, and what was done to it. Never another country than the one stated: a
 * number without country code is read in the countries given alone, and refused where it is one of two of them.
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
  // A word stands for keys in the numbers that are sold with one alone: elsewhere letters are a name, or a remark.
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

/** 1-800-FLOWERS, 800-555-TELL: a toll-free code, perhaps three digits, and a word that fills up to ten. */
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
  // In Italy, and elsewhere, the 0 is part of the number: without it, it is another phone's.
  const phone = whole ?? readDigits(text.replace('(0)', ''));
  if (phone === null) return no('no-such-number');
  if (stated !== null && !belongs(phone, [stated])) return no('other-country', countriesOf([phone]));
  const cleaned: Cleaning[] = whole === null ? ['trunk-prefix'] : [];
  return { kind: 'number', e164: phone.number, country: countryOf(phone), from: 'number', cleaned };
}

/** Null where the plan has no such number, or would change its digits. */
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
 * None where a country has no such number, or its plan would change more than a known prefix. Two where a number may begin
 * with the digits of its country's code: 49171 1234567 is a number of East Frisia, and +49 171 1234567 a mobile phone.
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

/** What is in no use has the country that it was read in, which says nothing. */
const countryOf = (phone: PhoneNumber): string | null => (phone.isValid() ? (phone.country ?? null) : null);

/** A number of fiction is of no country; whoever states one of the North American plan is believed. */
function belongs(phone: PhoneNumber, countries: readonly string[]): boolean {
  const own = countryOf(phone);
  if (own !== null) return countries.includes(own);
  return isFictional(phone.number) && countries.some((one) => one === 'US' || one === 'CA');
}

const countriesOf = (phones: readonly PhoneNumber[]): string[] =>
  [...new Set(phones.flatMap((phone) => countryOf(phone) ?? []))].sort();
