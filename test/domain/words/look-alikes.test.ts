import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { lookAlikeTexts } from '../../../src/domain/words/look-alikes.ts';
import { fold } from '../../../src/domain/words/normalise.ts';
import { readText } from '../../../src/domain/words/read-text.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
const nobody = { programs: [] };
const kindOf = (text: string): string => readText(text, nobody, rules).kind;

/** Lines of Unicode's confusables.txt: a character, and the letter that it looks like. */
const LINES = readFileSync(new URL('confusables.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(';').slice(0, 2).map(characters))
  .map(([sign = '', prototype = '']) => ({
    sign,
    letter: fold(prototype),
    isLine: prototype.startsWith('l'),
  }));

/** "006C 0335" as the two characters. */
function characters(codes: string): string {
  const points = codes
    .trim()
    .split(' ')
    .map((code) => Number.parseInt(code, 16));
  return String.fromCodePoint(...points);
}

/** Characters that look like a letter, upper or lower case. An I is a line like l, 1 and |. */
const alike = (letter: string): string[] =>
  LINES.filter((line) => line.letter === letter || (letter === 'i' && line.isLine)).map(({ sign }) => sign);

const WORDS = ['stop', 'unsubscribe', 'arret'];

describe('opt-out word in look-alike characters', () => {
  for (const word of WORDS) {
    it(`is read with a look-alike for any letter of ${word.toUpperCase()}`, () => {
      const missed: string[] = [];
      for (const [at, letter] of [...word].entries()) {
        for (const sign of alike(letter)) {
          for (const written of [word, word.toUpperCase()]) {
            const text = written.slice(0, at) + sign + written.slice(at + 1);
            if (kindOf(text) !== 'stop-all') missed.push(`${text} (U+${sign.codePointAt(0)?.toString(16)})`);
          }
        }
      }
      expect(missed).to.deep.equal([]);
    });

    it(`is read with look-alikes for every letter of ${word.toUpperCase()}`, () => {
      const masked = fc.tuple(...[...word].map((letter) => fc.constantFrom(...alike(letter))));
      fc.assert(
        fc.property(masked, (letters) => {
          // Digits alone are a number, whatever they look like.
          fc.pre(letters.some((letter) => /\p{L}/u.test(letter)));
          expect(kindOf(letters.join('')), letters.join('')).to.equal('stop-all');
          expect(kindOf(`${letters.join('')}!!`)).to.equal('stop-all');
        }),
        { numRuns: 500 },
      );
    });
  }

  const STYLES: [style: string, ...texts: string[]][] = [
    ['negative squared letters', '🆂🆃🅾🅿', '🆂🆃🅾️🅿️', '🅄🅽🆂🆄🅱🆂🅲🆁🅸🅱🅴', '🅰🆁🆁🅴🆃'],
    ['negative circled letters', '🅢🅣🅞🅟', '🅤🅝🅢🅤🅑🅢🅒🅡🅘🅑🅔', '🅐🅡🅡🅔🅣'],
    ['regional indicators', '🇸🇹🇴🇵', '🇸\u200b🇹\u200b🇴\u200b🇵', '🇸 🇹 🇴 🇵', '🇺🇳🇸🇺🇧🇸🇨🇷🇮🇧🇪', '🇦🇷🇷🇪🇹'],
    ['small capitals', 'ꜱᴛᴏᴘ', 'ᴜɴꜱᴜʙꜱᴄʀɪʙᴇ', 'ᴀʀʀᴇᴛ', 'ᴘʟᴇᴀꜱᴇ ꜱᴛᴏᴘ ᴛᴇxᴛɪɴɢ ᴍᴇ'],
    ['Armenian letters', 'ՏTՕP', 'ՏТՕΡ please', 'Սnsubscribe'],
    ['Cherokee letters', 'ᏚᎢᎾᏢ', 'ꮪꭲꮎꮲ', 'ᎪᎡᎡᎬᎢ'],
    ['Lisu letters', 'ꓢꓔꓳꓑ', 'ꓮꓣꓣꓰꓔ'],
    ['Cyrillic and Greek letters', 'ЅТОР', 'ѕтор', 'SΤΟΡ', 'ЅТОР sending me texts'],
    [
      'letters upside down',
      'doʇs',
      'dO┴S',
      'ԀO⊥S',
      'sʇop',
      'SꞱOP',
      'ǝqıɹɔsqnsun',
      'ƎBIɹƆSB∩SN∩',
      'ʇǝɹɹɐ',
      '┴Ǝᴚᴚ∀',
    ],
    [
      'a right-to-left override',
      '\u202ePOTS',
      '\u202ePOTS\u202c',
      'please \u202epots\u202c',
      '\u202eEBIRCSBUSNU',
      '\u202eTERRA',
    ],
    ['an override of look-alikes', '\u202eРОТЅ', '\u202epoʇs'],
    ['a dotted capital I and a dotless i', 'UNSUBSCRİBE', 'UNSUBSCRıBE', 'unsubscrİbe'],
    ['invisible characters between look-alikes', 'Ѕ\u200bТ\u00adО\u2060Р\ufe0f'],
  ];
  for (const [style, ...texts] of STYLES) {
    it(`is read in ${style}`, () => {
      for (const text of texts) expect(kindOf(text), text).to.equal('stop-all');
    });
  }
});

describe('text that looks like other letters', () => {
  it('never opts in: YES and START count in plain letters only', () => {
    for (const word of ['yes', 'start']) {
      for (const [at, letter] of [...word].entries()) {
        for (const sign of alike(letter).filter((sign) => fold(sign) !== letter && !/[\0-\x7f]/.test(sign))) {
          const text = word.slice(0, at) + sign + word.slice(at + 1);
          expect(kindOf(text), text).to.be.oneOf(['unknown', 'unsure', 'stop-all']);
        }
      }
    }
    expect([kindOf('🇸🇮'), kindOf('🇸🇮 🇸🇮'), kindOf('\u202eSEY')]).to.deep.equal(Array(3).fill('unknown'));
  });

  it('is read as what it is: flags, other languages, signs', () => {
    for (const text of [
      ...['🇺🇸🇫🇷🇮🇹', 'I ❤️ 🇺🇸', '🇳🇴', 'Где мой заказ?', 'стор и сорт'],
      ...['ᎣᏏᏲ', '注文はどこですか', 'ها ها ها', '2 × 3', '¥500', 'ɯoɹƃ'],
    ])
      expect(kindOf(text), text).to.equal('unknown');
  });

  it('shows nothing in a language that no rule reads', () => {
    for (const [language, text] of [
      ['el', 'Πού είναι η παραγγελία μου;'],
      ['he', 'איפה ההזמנה שלי'],
      ['hy', 'Երբ կգա իմ պատվերը'],
    ] as const)
      expect(readText(text, nobody, rules).rule, text).to.equal(`language:${language}`);
  });

  it('keeps a word with letters of its own, and every plain text', () => {
    expect(lookAlikeTexts('STOP 123 |')).to.deep.equal([]);
    expect(lookAlikeTexts('Привет всем')).to.deep.equal([]);
    expect(lookAlikeTexts('đừng gửi nữa ᏚᎢᎾᏢ')).to.include('đừng gửi nữa stop');
    expect(lookAlikeTexts('Ѕ'.repeat(1601))).to.deep.equal([]);
  });

  it('never throws and grows by a bounded factor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const seen of lookAlikeTexts(text)) expect(seen.length).to.be.at.most(18 * text.length);
      }),
      { numRuns: 500 },
    );
  });
});
