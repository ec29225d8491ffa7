import { expect } from 'chai';
import fc from 'fast-check';
import { readNumber } from '../../../src/domain/numbers.ts';

type Phone = [title: string, input: string, region: 'US' | 'CA' | undefined, e164: string];

const ACCEPTED: Phone[] = [
  ['E.164', '+12128675309', undefined, '+12128675309'],
  ['brackets, spaces and dashes', '+1 (212) 867-5309', undefined, '+12128675309'],
  ['dots and long dashes', '+1.212\u2013867\u20115309', undefined, '+12128675309'],
  ['white space around and no-break spaces', ' +1\u00a0212\u00a0867\u00a05309\n', undefined, '+12128675309'],
  ['direction marks of a copied contact', '\u202a+1 212-867-5309\u202c', undefined, '+12128675309'],
  ['ten digits of a default region', '(212) 867-5309', 'US', '+12128675309'],
  ['eleven digits that begin with 1', '1-212-867-5309', 'CA', '+12128675309'],
  ['+ before a default region', '+44 7911 123456', 'US', '+447911123456'],
  ['a bracketed trunk 0', '+44 (0)7911 123456', undefined, '+447911123456'],
  ['full-width digits', '＋１２１２８６７５３０９', undefined, '+12128675309'],
  ['Arabic-Indic digits', '+١٢١٢٨٦٧٥٣٠٩', undefined, '+12128675309'],
  ['Persian digits', '+۱۲۱۲۸۶۷۵۳۰۹', undefined, '+12128675309'],
];

const REFUSED: [title: string, input: string, region: 'US' | 'CA' | undefined][] = [
  ['nothing', '', undefined],
  ['spaces', '   ', undefined],
  ['a lone 0', '0', undefined],
  ['a lone 0 in a default region', '0', 'US'],
  ['too few digits', '+1555', undefined],
  ['one digit too few', '+1212867530', undefined],
  ['one digit too many', '+121286753091', undefined],
  ['40 digits', '1'.repeat(40), undefined],
  ['40 digits after +', `+${'1'.repeat(40)}`, undefined],
  ['a million digits', '1'.repeat(1_000_000), 'US'],
  ['no country and no default region', '5551230001', undefined],
  ['the digits of another country without +', '447911123456', 'US'],
  ['an international prefix instead of +', '011 44 20 7946 0000', 'US'],
  ['emoji digits', '+1\ufe0f\u20e32\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e38675309', undefined],
  ['digits of two scripts', '+1212٨٦٧٥٣٠٩', undefined],
  ['the mark that shows digits backwards', '\u202e+12128675309', undefined],
  ['tel:', 'tel:+12128675309', undefined],
  ['whatsapp:', 'whatsapp:+12128675309', undefined],
  ['an extension', '+12128675309 x12', undefined],
  ['an extension spelled out', '+1 212 867 5309 ext. 12', undefined],
  ['an extension of RFC 3966', '+12128675309;ext=12', undefined],
  ['an extension after seven digits', '5551234x12', undefined],
  ['letters for digits', '+1-800-FLOWERS', undefined],
  ['two numbers', '+12128675309 / +12128675310', undefined],
  ['two plus signs', '++12128675309', undefined],
  ['a country code that no country has', '+999123456789', undefined],
  ['a number inside a sentence', 'call +12128675309 now', undefined],
  ['a MongoDB operator', '{"$ne":null}', undefined],
];

describe('reading a number', () => {
  for (const [title, input, region, e164] of ACCEPTED) {
    it(`accepts ${title}`, () => {
      expect(readNumber(input, region)).to.include({ kind: 'phone', e164, valid: true, fictional: false });
    });
  }

  for (const [title, input, region] of REFUSED) {
    it(`refuses ${title}, in a sentence that repeats no digit of it`, () => {
      const reading = readNumber(input, region);
      expect(reading.kind).to.equal('not-a-number');
      const why = reading.kind === 'not-a-number' ? reading.why : '';
      expect(why).to.match(/^[A-Z].*\.$/);
      expect(why).not.to.match(/8675309|5551230001|7911/);
    });
  }

  it('returns region and type where the numbering plan tells them', () => {
    expect(readNumber('+12128675309')).to.include({ region: 'US', type: 'fixed-line-or-mobile' });
    expect(readNumber('+16132345678')).to.include({ region: 'CA', type: 'fixed-line-or-mobile' });
    expect(readNumber('+18003569377')).to.include({ region: 'US', type: 'toll-free' });
    expect(readNumber('+33612345678')).to.include({ region: 'FR', type: 'mobile' });
    expect(readNumber('+33142345678')).to.include({ region: 'FR', type: 'fixed-line' });
    expect(readNumber('+80012345678')).to.include({ region: null, type: 'toll-free' });
  });

  it('reads an area code 555 as a fictional phone that is not valid', () => {
    const fictional = {
      kind: 'phone',
      e164: '+15551230001',
      region: null,
      type: null,
      valid: false,
      fictional: true,
    };
    expect(readNumber('+1 (555) 123-0001')).to.deep.equal(fictional);
    expect(readNumber('5551230001', 'US')).to.deep.equal(fictional);
  });

  it('reads 555-0100 to 555-0199 of any area code as fictional, and no other 555 number', () => {
    for (const line of ['0100', '0199'])
      expect(readNumber(`+1212555${line}`)).to.include({ fictional: true });
    for (const line of ['0099', '0200', '1212']) {
      expect(readNumber(`+1212555${line}`)).to.include({ fictional: false });
    }
  });

  it('reads what no numbering plan can hold as a phone that is not valid', () => {
    expect(readNumber('+11231234567')).to.include({ kind: 'phone', valid: false, fictional: false });
  });

  it('reads five or six digits as a short code, with or without a default region', () => {
    for (const digits of ['55512', '728725']) {
      expect(readNumber(digits)).to.deep.equal({ kind: 'short-code', digits });
      expect(readNumber(digits, 'US')).to.deep.equal({ kind: 'short-code', digits });
    }
    for (const digits of ['911', '5551', '12345', '5551234'])
      expect(readNumber(digits).kind).to.equal('not-a-number');
  });

  it('reads up to eleven letters and digits as an alphanumeric sender', () => {
    expect(readNumber('Fernway')).to.deep.equal({ kind: 'alphanumeric', text: 'Fernway' });
    expect(readNumber('Fernway & Co').kind).to.equal('not-a-number');
  });

  it('reads every number it returned as the same number', () => {
    const digits = fc.stringMatching(/^\+[1-9]\d{6,14}$/);
    fc.assert(
      fc.property(digits, (input) => {
        const reading = readNumber(input);
        if (reading.kind !== 'phone') return;
        expect(reading.e164).to.equal(input);
        expect(readNumber(reading.e164)).to.deep.equal(reading);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('US', 'CA', undefined), (input, region) => {
        expect(readNumber(input, region as 'US' | undefined).kind).to.be.a('string');
      }),
    );
  });
});
