import { expect } from 'chai';
import fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import {
  type Cleaning,
  type Countries,
  type NumberFormatRefusal,
  normaliseNumber,
} from '../../../src/domain/normalise-number.ts';

const stated = (country: string): Countries => ({ stated: country, allowed: [] });
const allowed = (...countries: string[]): Countries => ({ stated: null, allowed: countries });
const NONE = allowed();

type From = 'number' | 'stated' | 'guess';
type Taken = [written: string, countries: Countries, e164: string, country: string | null, from: From];
const TAKEN: [...Taken, cleaned: Cleaning[]][] = [
  ['+12128675309', NONE, '+12128675309', 'US', 'number', []],
  ['+1 (212) 867-5309', NONE, '+12128675309', 'US', 'number', ['punctuation']],
  ['(+1) 212.867.5309', stated('US'), '+12128675309', 'US', 'number', ['punctuation']],
  ['tel:+12128675309', NONE, '+12128675309', 'US', 'number', ['tel-prefix']],
  ["'+12128675309", NONE, '+12128675309', 'US', 'number', []],
  ['2128675309', stated('US'), '+12128675309', 'US', 'stated', []],
  ['2128675309', allowed('US'), '+12128675309', 'US', 'guess', []],
  ['12128675309', allowed('US', 'CA'), '+12128675309', 'US', 'guess', ['country-code']],
  ['4165551234', allowed('US', 'CA'), '+14165551234', 'CA', 'guess', []],
  ['+44 20 7946 0018', allowed('US'), '+442079460018', 'GB', 'number', ['punctuation']],
  ['+44 (0)20 7946 0018', NONE, '+442079460018', 'GB', 'number', ['trunk-prefix', 'punctuation']],
  ['+39 (0)331 123456', NONE, '+390331123456', 'IT', 'number', ['punctuation']],
  ['+39 (0)331 123456', stated('IT'), '+390331123456', 'IT', 'number', ['punctuation']],
  ['(0)331 123456', stated('IT'), '+390331123456', 'IT', 'stated', ['punctuation']],
  ['+241 (0)6 12 34 56', NONE, '+24106123456', 'GA', 'number', ['punctuation']],
  ['020 7946 0018', stated('GB'), '+442079460018', 'GB', 'stated', ['trunk-prefix', 'punctuation']],
  ['00442079460018', stated('GB'), '+442079460018', 'GB', 'stated', ['international-prefix']],
  ['011442079460018', allowed('US'), '+442079460018', 'GB', 'number', ['international-prefix']],
  ['442079460018', stated('GB'), '+442079460018', 'GB', 'stated', ['country-code']],
  ['02079460018', allowed('GB', 'DE'), '+442079460018', 'GB', 'guess', ['trunk-prefix']],
  ['8 912 345 67 89', stated('RU'), '+79123456789', 'RU', 'stated', ['trunk-prefix', 'punctuation']],
  ['06 4882 2345', stated('IT'), '+390648822345', 'IT', 'stated', ['punctuation']],
  ['1-800-FLOWERS', stated('US'), '+18003569377', 'US', 'stated', ['country-code', 'punctuation', 'letters']],
  ['+1 800 555 TELL', NONE, '+18005558355', 'US', 'number', ['punctuation', 'letters']],
  ['＋１２１２８６７５３０９', NONE, '+12128675309', 'US', 'number', ['digits']],
  ['٢١٢٨٦٧٥٣٠٩', stated('US'), '+12128675309', 'US', 'stated', ['digits']],
  ['\u202a+1 212 867 5309\u202c', NONE, '+12128675309', 'US', 'number', ['punctuation']],
  ['+800 1234 5678', NONE, '+80012345678', null, 'number', ['punctuation']],
  ['555 123 0001', stated('US'), '+15551230001', null, 'stated', ['punctuation']],
];

const REFUSED: [written: string, countries: Countries, why: NumberFormatRefusal, named?: string[]][] = [
  ['', NONE, 'empty'],
  ['  ', stated('US'), 'empty'],
  ['1'.repeat(101), stated('US'), 'too-long'],
  ['2128675309', NONE, 'no-country'],
  ['00442079460018', NONE, 'no-country'],
  ['0612345678', allowed('FR', 'NL'), 'ambiguous', ['FR', 'NL']],
  ['612345678', allowed('ES', 'FR', 'US'), 'ambiguous', ['ES', 'FR']],
  ['491711234567', stated('DE'), 'ambiguous', ['DE']],
  ['62865340426', allowed('ID'), 'ambiguous', ['ID']],
  ['2128675309', stated('CA'), 'other-country', ['US']],
  ['787 234 5678', allowed('US'), 'other-country', ['PR']],
  ['+442079460018', stated('US'), 'other-country', ['GB']],
  ['011442079460018', stated('US'), 'other-country', ['GB']],
  ['+15551230001', stated('GB'), 'other-country', []],
  ['00442079460018', allowed('US'), 'no-such-number'],
  ['212867530', stated('US'), 'no-such-number'],
  ['+1 212 867 53099', NONE, 'no-such-number'],
  ['+999123456789', NONE, 'no-such-number'],
  ['28555', stated('US'), 'no-such-number'],
  ['11 15 2345 6789', stated('AR'), 'no-such-number'],
  ['2128675309 2128675310', stated('US'), 'no-such-number'],
  ['212-867-5309 x12', stated('US'), 'extension'],
  ['+1 212 867 5309 ext. 12', NONE, 'extension'],
  ['+12128675309;ext=12', NONE, 'extension'],
  ['2128675309 #5', stated('US'), 'extension'],
  ['1.21287E+10', stated('US'), 'rounded'],
  ['12128675309.0', stated('US'), 'rounded'],
  ['4930123456,00', stated('DE'), 'rounded'],
  ['867-5309 xyz', stated('US'), 'letters'],
  ['8005309 abc', stated('US'), 'letters'],
  ['212-FLOWERS', stated('US'), 'letters'],
  ['212 867 5309 home', stated('US'), 'letters'],
  ['1-800-MATTRESS', stated('US'), 'letters'],
  ['n/a', stated('US'), 'letters'],
  ['+12128675309 / +12128675310', NONE, 'characters'],
  ['++12128675309', NONE, 'characters'],
  ['212+8675309', stated('US'), 'characters'],
  ['@2128675309', stated('US'), 'characters'],
  ['---', stated('US'), 'characters'],
  ['\u202e+12128675309', NONE, 'characters'],
  ['+1212٨٦٧٥٣٠٩', NONE, 'scripts'],
];

describe('normalising a number', () => {
  for (const [written, countries, e164, country, from, cleaned] of TAKEN) {
    it(`accepts ${written} in ${JSON.stringify(countries)}`, () => {
      expect(normaliseNumber(written, countries)).to.deep.equal({
        kind: 'number',
        ...{ e164, country, from, cleaned },
      });
    });
  }

  for (const [written, countries, why, named = []] of REFUSED) {
    it(`refuses ${written.slice(0, 40)} in ${JSON.stringify(countries)}: ${why}`, () => {
      expect(normaliseNumber(written, countries)).to.deep.equal({ kind: 'refused', why, countries: named });
    });
  }

  const COUNTRIES = getCountries();
  const country = fc.constantFrom<string>(
    'US',
    'CA',
    'GB',
    'DE',
    'FR',
    'IT',
    'ES',
    'NL',
    'MX',
    'BR',
    'RU',
    'AR',
  );
  const national = COUNTRIES.flatMap(
    (countryCode) => getExampleNumber(countryCode, examples)?.nationalNumber ?? [],
  );
  const digits = fc.oneof(
    fc.stringMatching(/^[0-9]{5,14}$/),
    fc.constantFrom<string>(...national),
    fc
      .tuple(fc.constantFrom('', '+', '00', '011', '0', '1', '8'), fc.constantFrom<string>(...national))
      .map((all) => all.join('')),
  );
  const noise = fc.stringMatching(/^[ ().-]{0,3}$/);
  const written = fc
    .tuple(digits, noise, fc.nat(12))
    .map(([text, mark, at]) => text.slice(0, at) + mark + text.slice(at));

  it('leaves a number that it returned unchanged', () => {
    fc.assert(
      fc.property(written, fc.option(country), fc.array(country, { maxLength: 4 }), (text, stated, some) => {
        const first = normaliseNumber(text, { stated: stated, allowed: some });
        fc.pre(first.kind === 'number');
        const again = normaliseNumber(first.e164, { stated: null, allowed: [] });
        expect(again).to.deep.include({
          kind: 'number',
          e164: first.e164,
          country: first.country,
          cleaned: [],
        });
      }),
      { numRuns: 300 },
    );
  });

  it('accepts no number of a country that was not stated or allowed', () => {
    fc.assert(
      fc.property(written, fc.option(country), fc.array(country, { maxLength: 4 }), (text, stated, some) => {
        const read = normaliseNumber(text, { stated: stated, allowed: some });
        fc.pre(read.kind === 'number' && read.country !== null);
        if (stated !== null) expect(read.country).to.equal(stated);
        else if (read.from === 'guess') expect(some).to.include(read.country);
      }),
      { numRuns: 300 },
    );
  });

  it('never takes a number that lost its + for another number', () => {
    const inUse = COUNTRIES.flatMap((countryCode) => getExampleNumber(countryCode, examples) ?? []);
    const number = fc
      .tuple(fc.constantFrom(...inUse), fc.integer({ min: 0, max: 999_999 }))
      .map(([{ number: e164 }, end]) => {
        const changed = Math.min(6, e164.length - 7);
        return e164.slice(0, -changed) + String(end).padStart(6, '0').slice(-changed);
      });
    fc.assert(
      fc.property(number, fc.boolean(), (e164, isStated) => {
        const own = normaliseNumber(e164, NONE);
        fc.pre(own.kind === 'number' && own.country !== null);
        const read = normaliseNumber(e164.slice(1), (isStated ? stated : allowed)(own.country));
        if (read.kind === 'refused') expect(read.why).to.equal('ambiguous');
        else expect(read).to.deep.include({ e164, cleaned: ['country-code'] });
      }),
      { numRuns: 2000 },
    );
  });

  it('guesses only what every order of the countries would guess', () => {
    fc.assert(
      fc.property(written, fc.array(country, { minLength: 2, maxLength: 4 }), (text, some) => {
        const [first, other] = [some, some.toReversed()].map((list) =>
          normaliseNumber(text, allowed(...list)),
        );
        const e164 = (read: typeof first) => (read?.kind === 'number' ? read.e164 : read?.why);
        expect(e164(first)).to.equal(e164(other));
      }),
      { numRuns: 300 },
    );
  });
});
