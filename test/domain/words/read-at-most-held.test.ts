import { expect } from 'chai';
import { optOutScore } from '../../../src/domain/words/ordinary-language.ts';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));

function table(rows: [text: string, expected: Partial<Reading>][]): void {
  for (const [text, expected] of rows) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
      expect(readText(text, CORPUS_PROGRAM_WORDS, rules)).to.deep.include(expected);
    });
  }
}

describe('opt-out of something other than texts', () => {
  table([
    ['please stop raising prices', { kind: 'unsure' }],
    ['please stop raising prices in every text', { kind: 'stop-all' }],
    ['please stop raising prices and stop texting me', { kind: 'stop-all' }],
    ['please stop wasting my time', { kind: 'stop-all' }],
    ['please stop everything', { kind: 'stop-all' }],
    ['stop mailing me catalogs', { kind: 'unsure' }],
    ['stop sending me the wrong texts', { kind: 'stop-all' }],
    ['opt out of paper receipts', { kind: 'unsure' }],
    ['opt out of paper receipts and texts', { kind: 'stop-all' }],
    ['opt out of Fernway', { kind: 'stop-all' }],
  ]);
});

describe('person who wants texts or wants to come back', () => {
  table([
    ['stop emailing me, text is better', { kind: 'unsure' }],
    ['stop texting me, email is better', { kind: 'stop-all' }],
    ['stop calling and texting me', { kind: 'stop-all' }],
    ['I opted out by mistake, please add me back', { kind: 'unsure' }],
    ['I unsubscribed, do not add me back', { kind: 'stop-all' }],
    ['I opted out and you put me back on', { kind: 'stop-all' }],
    ['why was I unsubscribed', { kind: 'unsure' }],
    ['why was I unsubscribed and still get texts', { kind: 'stop-all' }],
  ]);

  it('scores below a sure opt-out', () => {
    expect(optOutScore('stop emailing me, text is better', rules)).to.equal(9);
  });
});

describe('clear opt-out beside words that would hold it', () => {
  table([
    ['STOP. I want to quit smoking', { kind: 'stop-all' }],
    ['Unsubscribe. Was I removed?', { kind: 'stop-all' }],
    ['STOP. STOP. STOP. please stop lying', { kind: 'stop-all' }],
    ['STOP. does stop end this', { kind: 'stop-all' }],
    ['prefer texts over calls but stop texting me now', { kind: 'stop-all' }],
    ['stop texting me. will stop also cancel my account', { kind: 'stop-all' }],
    ['Stop texting me! why was I dropped into this', { kind: 'stop-all' }],
    ['put me back on the do not call list and stop texting me', { kind: 'stop-all' }],
    ['please stop intimidating me', { kind: 'stop-all' }],
    ['please stop shouting at me', { kind: 'stop-all' }],
  ]);
});

describe('signs in place of words and between them', () => {
  table([
    ['🛑 texting me', { kind: 'stop-all', rule: 'meant:stop' }],
    ['🛑🛑', { kind: 'stop-all', rule: 'sign:stop' }],
    ['🛑✋', { kind: 'unsure', rule: 'sign:forbidding' }],
    ['🛑 the sticker set is cute', { kind: 'unknown' }],
    ['got your text 🛑🛍️ great', { kind: 'unknown' }],
    ['DO. NOT. TEXT. ME.', { kind: 'stop-all' }],
    ['Stop. Thanks. Bye.', { kind: 'stop-all' }],
    ['Best. Sale. Ever.', { kind: 'unknown' }],
  ]);
});

describe('words that run together', () => {
  table([
    ['removemefromyourlist', { kind: 'stop-all' }],
    ['donttextmeanymore', { kind: 'stop-all' }],
    ['Stop2end', { kind: 'stop-all' }],
    ['love the texts but removemefromyourlist', { kind: 'stop-all' }],
    ['takeme', { kind: 'unknown' }],
    ['removemefromthewaitlist', { kind: 'unknown' }],
  ]);
});
