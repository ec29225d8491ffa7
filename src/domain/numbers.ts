import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  type PhoneNumberType,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';

export type NumberType =
  | 'mobile'
  | 'fixed-line'
  | 'fixed-line-or-mobile'
  | 'toll-free'
  | 'premium-rate'
  | 'shared-cost'
  | 'voip'
  | 'personal'
  | 'pager'
  | 'company'
  | 'voicemail';

export type NumberReading =
  | {
      kind: 'phone';
      e164: string;
      /** ISO 3166-1 alpha-2; null when the numbering plan does not say. */
      region: string | null;
      type: NumberType | null;
      /** Whether the number is in a range in use. A fictional number may be either. */
      valid: boolean;
      /**
       * +1 555 is no area code, and NPA-555-01XX is reserved for fiction: nobody's phone. Demo and simulator use
       * these numbers.
       */
      fictional: boolean;
    }
  | { kind: 'short-code'; digits: string }
  | { kind: 'alphanumeric'; text: string }
  /** `why` is a sentence for the person who typed it. It never repeats the input. */
  | { kind: 'not-a-number'; why: string };

const TYPES: Record<PhoneNumberType, NumberType> = {
  MOBILE: 'mobile',
  FIXED_LINE: 'fixed-line',
  FIXED_LINE_OR_MOBILE: 'fixed-line-or-mobile',
  TOLL_FREE: 'toll-free',
  PREMIUM_RATE: 'premium-rate',
  SHARED_COST: 'shared-cost',
  VOIP: 'voip',
  PERSONAL_NUMBER: 'personal',
  PAGER: 'pager',
  UAN: 'company',
  VOICEMAIL: 'voicemail',
};

const LONGEST_INPUT = 40;
const no = (why: string): NumberReading => ({ kind: 'not-a-number', why });

/**
 * Reads one number as a person, a file or a client wrote it. Spaces, dashes, dots and brackets are allowed; an
 * extension, a "tel:" or a second number is not. Nothing is guessed: a number without "+" is read only with a
 * `defaultRegion`, and then only as ten digits, or eleven that begin with 1.
 * Decimal digits of other scripts (full-width, Arabic-Indic, Persian) are converted to ASCII. Two scripts in one
 * number, and emoji digits, are refused.
 */
export function readNumber(input: string, defaultRegion?: 'US' | 'CA'): NumberReading {
  const text = foldDigits(input.replace(PASTED_MARKS, '').trim());
  if (text === null) return no('The digits are of two different scripts.');
  if (text === '') return no('No number was given.');
  if (text.length > LONGEST_INPUT) return no('The text is longer than any phone number.');
  if (/^[2-9]\d{4,5}$/.test(text)) return { kind: 'short-code', digits: text };
  if (isAlphanumeric(text) && (text.match(/\d/g) ?? []).length < 7) return { kind: 'alphanumeric', text };
  if (/^tel:/i.test(text)) return no('Give the number alone, without "tel:".');
  if (/\d\s*(?:x|ext\.?|#|;ext=)\s*\d+$/i.test(text))
    return no('A number with an extension cannot get texts.');
  if (!/^\+?[\d\s().\-\u2010-\u2015]+$/.test(text))
    return no('It holds characters that no phone number has.');
  const digits = text.replace(/\D/g, '');
  if (text.startsWith('+')) return readInternational(text, digits);
  return readNational(digits, defaultRegion);
}

function readNational(digits: string, region: 'US' | 'CA' | undefined): NumberReading {
  if (region === undefined) return no('It has no country code.');
  if (/^\d{10}$/.test(digits)) return readInternational(`+1${digits}`, `1${digits}`);
  if (/^1\d{10}$/.test(digits)) return readInternational(`+${digits}`, digits);
  return no('A US or Canadian number has ten digits; write any other with + and the country code.');
}

function readInternational(text: string, digits: string): NumberReading {
  const phone = parsePhoneNumberFromString(text, { extract: false });
  if (phone === undefined || !phone.isPossible())
    return no(LENGTH[validatePhoneNumberLength(text) ?? 'OTHER']);
  const e164: string = phone.number;
  // Dropping a trunk 0, as in "+44 (0)20 ...", is the only change that cannot lead to another number.
  if (e164 !== `+${digits}` && e164 !== `+${text.replace('(0)', '').replace(/\D/g, '')}`) {
    return no('The digits after the country code do not fit its numbering plan.');
  }
  const type = phone.getType();
  return {
    kind: 'phone',
    e164,
    region: phone.country ?? null,
    type: type === undefined ? null : TYPES[type],
    valid: phone.isValid(),
    fictional: isFictional(e164),
  };
}

/** The channel named by a Twilio address, such as "rcs" in "rcs:+15551230001"; null for a plain number. */
export const channelOf = (address: string): string | null =>
  /^([a-z]{1,20}):/i.exec(address)?.[1]?.toLowerCase() ?? null;

/**
 * The phone number in a Twilio address, such as "+15551230001" in "rcs:+15551230001": a person who writes on another
 * channel is the same person. An address without a number is returned unchanged.
 * Source: Twilio Help 223134027 of 2026 for RCS; for any other channel, 47 CFR 64.1200(a)(10), any reasonable method.
 */
export const numberOf = (address: string): string => address.replace(/^[a-z]{1,20}:(?=\+\d)/i, '');

/** See `NumberReading`. */
export const isFictional = (e164: string): boolean => /^\+1(?:555\d{7}|\d{3}55501\d\d)$/.test(e164);

const LENGTH = {
  TOO_SHORT: 'It has too few digits.',
  TOO_LONG: 'It has too many digits.',
  INVALID_COUNTRY: 'It begins with no country code.',
  INVALID_LENGTH: 'It has a number of digits that its country does not use.',
  NOT_A_NUMBER: 'It is not a phone number.',
  OTHER: 'It is not a phone number.',
} as const;

/**
 * Invisible marks copied along with a number: direction, zero width, byte order. Not the override that reverses
 * digits.
 */
export const PASTED_MARKS = /[\u200B-\u200F\u202A-\u202D\u2060\u2066-\u2069\uFEFF]/g;

const ZEROS = [0x30, 0xff10, 0x0660, 0x06f0] as const;

/** Converts digits and the plus sign to ASCII; null when digits of two scripts are mixed. */
export function foldDigits(text: string): string | null {
  const zeroOf = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    return ZEROS.find((zero) => code >= zero && code < zero + 10);
  };
  const scripts = new Set([...text].map(zeroOf).filter((zero) => zero !== undefined));
  if (scripts.size > 1) return null;
  return [...text.replace('\uFF0B', '+')]
    .map((character) => {
      const zero = zeroOf(character);
      return zero === undefined ? character : String((character.codePointAt(0) ?? 0) - zero);
    })
    .join('');
}

/** Twilio: at most 11 of A-Z a-z 0-9 space + - _ &, at least one letter. */
function isAlphanumeric(text: string): boolean {
  return /^(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}$/.test(text);
}

const CALLING_CODES: ReadonlySet<string> = new Set(
  getCountries().map((country: CountryCode) => getCountryCallingCode(country)),
);
const HIDDEN = '\u2022'.repeat(6);

/**
 * A number as logs, pages and errors may show it: country code and last four digits; two for a national number under
 * ten digits, none under seven. The dots do not tell how many digits they hide. Anything but an E.164 number, short
 * codes included, shows nothing.
 */
export function mask(e164: string): string {
  const digits = /^\+([1-9]\d{4,14})$/.exec(e164)?.[1];
  if (digits === undefined) return HIDDEN;
  const country = [1, 2, 3].map((length) => digits.slice(0, length)).find((code) => CALLING_CODES.has(code));
  if (country === undefined) return HIDDEN;
  const national = digits.slice(country.length);
  const shown = national.length >= 10 ? 4 : national.length >= 7 ? 2 : 0;
  return `+${country}${HIDDEN}${shown === 0 ? '' : national.slice(-shown)}`;
}

/** Seven digits, the shortest number that reaches a person. Signs may be between the digits, letters may not. */
const SEVEN_DIGITS = /\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){6}/u;

const DAY = String.raw`(?:19|20)\d\d(?:-[01]\d-[0-3]\d|[01]\d[0-3]\d)|\d{1,2}([./])\d{1,2}\1(?:19|20)\d\d`;
const CLOCK = String.raw`\d{1,2}:\d\d(?::\d\d(?:\.\d{1,3})?)?`;
/** Our ids, such as those of contacts, have random characters. */
const ID = String.raw`[a-z]_[\w-]{16}`;
/** Digits that are no phone number: days, times of day and ids, each on its own. */
const NO_NUMBER = new RegExp(
  String.raw`(?<![\p{L}\p{Nd}:])(?:(?:${DAY})(?:[T ]${CLOCK}Z?)?|${CLOCK}|${ID})(?![\p{L}\p{Nd}:])`,
  'gu',
);

/**
 * Whether a person's words may contain a phone number: seven or more digits of any script with only signs between
 * them. An order number also matches. Text that is stored unencrypted for good must contain neither.
 */
export const mayHoldNumber = (text: string): boolean => SEVEN_DIGITS.test(text.replace(NO_NUMBER, ' x '));

export const NUMBER_IN_CLEAR =
  'It is kept in the clear, and seven digits may be a phone number: name a contact by its id, and of any other number give the last four digits.';
