import { expect } from 'chai';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS as vocabulary } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));

function table(rows: [text: string, expected: Partial<Reading>][]): void {
  for (const [text, expected] of rows) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
      expect(readText(text, vocabulary, rules)).to.deep.include(expected);
    });
  }
}

describe('sentences in languages that we do not write', () => {
  table([
    [
      'не пишите мне больше',
      { kind: 'stop-all', by: 'scored', language: null, rule: 'phrase:do-not-contact' },
    ],
    ['Спасибо. Стоп.', { kind: 'stop-all', by: 'scored' }],
    ['Ладно. Отписка.', { kind: 'unsure', rule: 'phrase:word-as-a-sentence' }],
    ['Спасибо. Отписка.', { kind: 'stop-all', by: 'scored' }],
    ['Стоп. Ладно.', { kind: 'stop-all', by: 'scored' }],
    ['别发了，谢谢', { kind: 'stop-all', by: 'leading' }],
    ['谢谢，请不要再发短信', { kind: 'stop-all', by: 'scored', language: null }],
    ['문자를보내지마세요', { kind: 'stop-all', by: 'scored' }],
    ['stop 해주세요', { kind: 'stop-all', by: 'leading' }],
    ['停止 please', { kind: 'stop-all', by: 'leading' }],
    ['番号が間違っています', { kind: 'stop-all', wrongNumber: true }],
    ['لا ترسلوا لي رسائل', { kind: 'stop-all', by: 'scored', language: null }],
    ['mujhe message mat bhejo', { kind: 'stop-all', by: 'scored', language: null }],
    ['stop mat karo', { kind: 'unknown' }],
    ['don’t stop, не прекращайте', { kind: 'unknown' }],
  ]);
});
