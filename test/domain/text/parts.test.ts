import { expect } from 'chai';
import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { countParts, fitsTwilio } from '../../../src/domain/text/parts.ts';

const a = (count: number): string => 'a'.repeat(count);
const SMILE = '\u{1F600}';
const FAMILY = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}';

const VECTORS: [title: string, text: string, encoding: string, units: number, parts: number][] = [
  ['160 letters', a(160), 'GSM-7', 160, 1],
  ['161 letters', a(161), 'GSM-7', 161, 2],
  ['306 letters', a(306), 'GSM-7', 306, 2],
  ['307 letters', a(307), 'GSM-7', 307, 3],
  ['80 euro signs', '€'.repeat(80), 'GSM-7', 160, 1],
  ['81 euro signs', '€'.repeat(81), 'GSM-7', 162, 2],
  ['a euro sign that would straddle two parts', `${a(152)}€${a(152)}`, 'GSM-7', 306, 3],
  ['70 Cyrillic letters', 'я'.repeat(70), 'UCS-2', 70, 1],
  ['71 Cyrillic letters', 'я'.repeat(71), 'UCS-2', 71, 2],
  ['35 emoji', SMILE.repeat(35), 'UCS-2', 70, 1],
  ['36 emoji', SMILE.repeat(36), 'UCS-2', 72, 2],
  ['one curly quote after 159 letters', `${a(159)}\u2019`, 'UCS-2', 160, 3],
  ['1600 letters', a(1600), 'GSM-7', 1600, 11],
  ['1600 Cyrillic letters', 'я'.repeat(1600), 'UCS-2', 1600, 24],
  ['10 small c with cedilla', 'ç'.repeat(10), 'UCS-2', 10, 1],
  ['a line break of two characters', 'a\r\nb', 'GSM-7', 4, 1],
  ['a family, kept whole at the end of a part', `${'я'.repeat(60)}${FAMILY}`, 'UCS-2', 71, 2],
  ['a letter under 100 accents, longer than any part', `я${'\u0301'.repeat(100)}`, 'UCS-2', 101, 2],
  ['half a surrogate pair', '\ud83d', 'UCS-2', 1, 1],
  ['nothing', '', 'GSM-7', 0, 1],
];

describe('parts of a text', () => {
  for (const [title, text, encoding, units, parts] of VECTORS) {
    it(`count ${title} as ${units} units of ${encoding} in ${parts}`, () => {
      const counted = countParts(text);
      expect([counted.encoding, counted.units, counted.parts]).to.deep.equal([encoding, units, parts]);
    });
  }

  it('name each character that forces UCS-2 once, in order', () => {
    expect(countParts('ça va là-bas, ça va \u{1F600}').offenders).to.deep.equal(['ç', '\u{1F600}']);
    expect(countParts('Ç è é à ù ì ò É ñ ü €').offenders).to.deep.equal([]);
    for (const letter of ['á', 'í', 'ó', 'ú', 'â', 'ê', 'ç', '`', '\t', '\u00a0', '…']) {
      expect(countParts(letter).offenders, letter).to.deep.equal([letter]);
    }
  });

  it('never get fewer for a longer text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 250 });
    fc.assert(
      fc.property(text, text, (start, end) => {
        expect(countParts(start + end).parts).to.be.at.least(countParts(start).parts);
      }),
    );
  });

  it("agree with Twilio's calculator unless a cluster is longer than a part", () => {
    const pieces = ['a', 'Z', ' ', '\n', 'é', 'Ç', '€', '[', '~', '\\', 'ç', 'я', '\u2019', SMILE, FAMILY];
    const gsm = fc.constantFrom(...pieces.slice(0, 10));
    const any = fc.constantFrom(...pieces);
    const text = fc.oneof(
      fc.array(gsm, { maxLength: 500, size: 'max' }),
      fc.array(any, { maxLength: 200, size: 'max' }),
    );
    fc.assert(
      fc.property(text, (parts) => {
        const theirs = new SegmentedMessage(parts.join(''));
        const ours = countParts(parts.join(''));
        expect([ours.encoding, ours.parts]).to.deep.equal([theirs.encodingName, theirs.segments.length]);
      }),
    );
  });

  it('fit a body of 1600 UTF-16 units and no more', () => {
    expect(fitsTwilio(a(1600))).to.equal(true);
    expect(fitsTwilio(a(1601))).to.equal(false);
    expect(fitsTwilio(SMILE.repeat(801))).to.equal(false);
  });
});
