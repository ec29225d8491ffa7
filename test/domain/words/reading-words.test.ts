import { expect } from 'chai';
import { meaningWords, ruleSentence } from '../../../src/domain/words/reading-words.ts';

describe('the words for a reading', () => {
  const cases: [kind: string, rule: string, meaning: string, sentence: string][] = [
    [
      'stop-all',
      'exact:stop',
      'an opt-out of everything',
      '“stop” is a listed opt-out word, and stands alone.',
    ],
    [
      'stop-all',
      'leading:opt-out',
      'an opt-out of everything',
      '“opt out” is a listed opt-out word, and begins a short text.',
    ],
    [
      'stop-all',
      'meant:stop',
      'an opt-out of everything',
      '“stop” is what the word was meant to be: a listed opt-out word, misspelt or in look-alike letters.',
    ],
    [
      'stop-all',
      'phrase:take-me-off',
      'an opt-out of everything',
      'Its words fit the rule “take me off”, which ordinary sentences are read by.',
    ],
    ['stop-all', 'carrier:opt-out-type', 'an opt-out of everything', 'The carrier itself marked the text.'],
    ['stop-some', 'some:named', 'an opt-out of a part', 'It names a topic or a program of ours.'],
    [
      'unsure',
      'language:hu',
      'perhaps an opt-out',
      'It seems to be Hungarian, which no rule reads: it may end something, so a person decides.',
    ],
    ['join', 'join:keyword:join', 'a wish to join', '“join” is a word of the program.'],
    ['topics-on', 'topics-on:1+deals', 'a choice of topics', '“1” and “deals” are words of the program.'],
    ['yes', 'yes:yes', 'a yes', '“yes” is a listed command.'],
    ['yes', 'yes:confirm-word:sure', 'a yes', '“sure” is a word of the program that confirms.'],
    ['help', 'help:help', 'a call for help', '“help” is a listed command.'],
    ['unknown', 'unknown', 'nothing that a rule knows', 'No rule fits, so a person of the team reads it.'],
    ['empty', 'empty', 'an empty text', 'There are no words in it.'],
  ];
  for (const [kind, rule, meaning, sentence] of cases) {
    it(`says what ${rule} makes of a text`, () => {
      expect([meaningWords({ kind }), ruleSentence({ rule })]).to.deep.equal([meaning, sentence]);
    });
  }

  it('calls a kind that it does not know nothing that a rule knows', () => {
    expect(meaningWords({ kind: 'of-tomorrow' })).to.equal('nothing that a rule knows');
  });
});
