import { expect } from 'chai';
import fc from 'fast-check';
import { fold, isBlank, normalise, sentences } from '../../../src/domain/words/normalise.ts';
import { readText } from '../../../src/domain/words/read-text.ts';
import { COMPILED_WORD_RULES, wordRulesAt } from '../../../src/domain/words/word-rules.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
const nobody = { programs: [] };

const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\ufeff', '\u2060', '\ufe0f', '\u202e', '\u200f', '\u00ad'];
const AROUND = [' ', '!', '.', '"', '(', ')', '*', '\n', '\t', '\u00a0', '…', '🙄', '«', '»', '-', '/'];
const listed = fc.constantFrom(...rules.optOut.keys());

describe('normalisation of a text', () => {
  const equal: [string, string][] = [
    ["don't", 'dont'],
    ['don’t', 'dont'],
    ['don´t', 'dont'],
    ['don＇t', 'dont'],
    ['ＳＴＯＰ', 'stop'],
    ['𝐒𝐓𝐎𝐏', 'stop'],
    ['ARRÊT', 'arret'],
    ['NO  MÁS!!', 'no mas'],
    ['Désabonnez-moi', 'desabonnez moi'],
    ['1️⃣', '1'],
    ["'stop'", 'stop'],
    ['İPTAL', 'iptal'],
    ['수신거부', '수신거부'],
    ['\ud800stop', 'stop'],
    ['🙄', ''],
  ];
  for (const [text, normal] of equal) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(normal)}`, () => {
      expect(normalise(text)).to.equal(normal);
    });
  }

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        expect(normalise(normalise(text))).to.equal(normalise(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves only letters, digits and single spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(normalise(text)).to.match(/^(?:[\p{L}\p{N}]+(?: [\p{L}\p{N}]+)*)?$/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('never grows a text past the longest that is read', () => {
    for (const text of [
      '\ufdfa'.repeat(64_000),
      "a'".repeat(32_000),
      '\u0301'.repeat(64_000),
      '.a'.repeat(99_000),
    ]) {
      expect(normalise(text).length).to.be.at.most(65_536);
      expect(sentences(fold(text)).join(' ').length).to.be.at.most(65_536);
    }
  });

  it('distinguishes a blank text from one of signs', () => {
    expect(isBlank(' \u200b\n\ufeff')).to.equal(true);
    expect(isBlank('👍')).to.equal(false);
  });
});

describe('exact opt-out word', () => {
  it('stays exact with any case, width, invisible characters and signs around it', () => {
    const disguise = fc.array(fc.constantFrom(...INVISIBLE, ''), { minLength: 1, maxLength: 6 });
    const edge = fc.array(fc.constantFrom(...AROUND), { maxLength: 6 });
    fc.assert(
      fc.property(
        listed,
        disguise,
        edge,
        edge,
        fc.boolean(),
        fc.boolean(),
        (word, hidden, before, after, upper, wide) => {
          const letters = [...(upper ? word.toUpperCase() : word)].map((letter) =>
            wide ? fullWidth(letter) : letter,
          );
          const body = letters.map((letter, at) => letter + (hidden[at % hidden.length] ?? '')).join('');
          const reading = readText(before.join('') + body + after.join(''), nobody, rules);
          expect(reading).to.include({ kind: 'stop-all', by: 'exact' });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is read in every rule set, alone and repeated', () => {
    for (const set of COMPILED_WORD_RULES) {
      for (const word of set.optOut.keys()) {
        expect(readText(word, nobody, set), word).to.include({ kind: 'stop-all', by: 'exact' });
        expect(readText(`${word}! ${word}!`, nobody, set), word).to.include({
          kind: 'stop-all',
          by: 'exact',
        });
      }
    }
  });
});

function fullWidth(letter: string): string {
  return /^[A-Za-z]$/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter;
}
