import { expect } from 'chai';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
const reading = (text: string) => readText(text, CORPUS_PROGRAM_WORDS, rules);

const DEALS = { program: 'club', topic: 'deals' };
const NEWS = { program: 'club', topic: 'news' };

function table(rows: [text: string, expected: Partial<Reading>][]): void {
  for (const [text, expected] of rows) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
      expect(reading(text)).to.deep.include(expected);
    });
  }
}

describe('digit 1 among exclamation marks', () => {
  table([
    ['STOP!!1', { kind: 'stop-all', by: 'exact', rule: 'exact:stop' }],
    ['Stop!1 ', { kind: 'stop-all', by: 'exact' }],
    ['STOP !!!1!!11', { kind: 'stop-all', by: 'exact' }],
    ['unsubscribe!!1', { kind: 'stop-all', by: 'exact' }],
    ['stop the texts!!1', { kind: 'stop-all' }],
    ['STOP NEWS!!1', { kind: 'stop-some', topics: [NEWS] }],
    ['NEWS!!1', { kind: 'topics-on', topics: [NEWS] }],
    ['HELP!1', { kind: 'help' }],
  ]);
});

describe('digit 1 that stands alone', () => {
  table([
    ['STOP 1', { kind: 'stop-some', topics: [DEALS] }],
    ['STOP-1', { kind: 'stop-some', topics: [DEALS] }],
    ['Stop. 1', { kind: 'stop-some', topics: [DEALS] }],
    ['STOP! 1', { kind: 'stop-some', topics: [DEALS] }],
    ['3!1', { kind: 'topics-on', topics: [NEWS, DEALS] }],
    ['!1', { kind: 'topics-on', topics: [DEALS] }],
  ]);
});

describe('question about a topic', () => {
  table([
    ['Deals?', { kind: 'unknown' }],
    ['deals, news?! 🤔', { kind: 'unknown' }],
    ['ON 1?', { kind: 'unknown' }],
    ['deals end?', { kind: 'unknown' }],
    ['Deals off?', { kind: 'unknown' }],
    ['no more deals?', { kind: 'stop-some', topics: [DEALS] }],
    ['STOP DEALS?', { kind: 'stop-some', topics: [DEALS] }],
    ['deals stop?', { kind: 'stop-some', topics: [DEALS] }],
    ['deals off', { kind: 'stop-some', topics: [DEALS] }],
    ['help?', { kind: 'help' }],
  ]);
});

describe('words about the owner of the number', () => {
  table([
    ['You texted the wrong person', { kind: 'stop-all', wrongNumber: true }],
    ['sorry wrong number', { kind: 'stop-all', wrongNumber: true }],
    ['you have the wrong contact info', { kind: 'stop-all', wrongNumber: true }],
    ['I texted the wrong person sorry', { kind: 'unknown' }],
    ["on m'a donné un mauvais numéro", { kind: 'stop-all', wrongNumber: true }],
    ['on ma donne le mauvais numero, je ne suis pas Paul', { kind: 'stop-all', wrongNumber: true }],
    ["j'ai reçu un mauvais numéro", { kind: 'unsure', wrongNumber: true }],
    ["vous m'avez envoyé un mauvais numéro", { kind: 'unsure', wrongNumber: true }],
    ['llego el numero equivocado', { kind: 'unsure', wrongNumber: true }],
    ['me mandaron el número equivocado, soy talla 8', { kind: 'unknown' }],
    ['mi hanno dato il numero sbagliato', { kind: 'unsure', wrongNumber: true }],
    ['mi avete mandato il numero sbagliato, porto il 42', { kind: 'unknown' }],
    ['me deram o número errado', { kind: 'unsure', wrongNumber: true }],
    ['man hat mir die falsche Nummer gegeben', { kind: 'unsure', wrongNumber: true }],
    ['dostałem zły numer', { kind: 'unsure', wrongNumber: true }],
    ['wrong person picked up my order', { kind: 'unknown' }],
    ['This number no longer belongs to him', { kind: 'unsure', wrongNumber: true }],
    ["this is a child's phone", { kind: 'unsure', wrongNumber: false }],
  ]);
});

describe('objection to the use of data or to direct marketing', () => {
  table([
    ['I object to the processing of my data', { kind: 'unsure', rule: 'phrase:legal-objection' }],
    ['Ich widerspreche der Nutzung meiner Daten', { kind: 'unsure', rule: 'phrase:legal-objection' }],
    ['Can I object to the use of my data?', { kind: 'unsure' }],
    ['I object to direct marketing', { kind: 'stop-all', rule: 'phrase:marketing-objection' }],
    ['Ich widerspreche der Werbung', { kind: 'stop-all', rule: 'phrase:marketing-objection' }],
    ['Ich widerspreche der Werbung nicht', { kind: 'unknown' }],
    ['I no longer object to the processing of my data', { kind: 'unknown' }],
    ['Dont use my info for the account, use my husbands', { kind: 'unknown' }],
    [
      'do not use my personal data for sms marketing',
      { kind: 'stop-all', rule: 'phrase:marketing-objection' },
    ],
    ["don't use my info for your messages", { kind: 'stop-all', rule: 'phrase:marketing-objection' }],
    ['Do not process my personal data for any purpose', { kind: 'unsure', rule: 'phrase:legal-objection' }],
    ['do not use my data for profiling', { kind: 'unsure', rule: 'phrase:legal-objection' }],
  ]);
});

describe('long run of patterns that the rules look for', () => {
  for (const filling of [
    '!1',
    '1!',
    '! ',
    '?',
    '? ',
    'pleasestop',
    'plssss',
    'staaaah',
    'if i stop ',
    're ',
    '🛑 ',
    'a. ',
    'dint text ',
    'please stop raising ',
    'removeme',
    'if i text stop will ',
    'consent is ',
  ]) {
    it(`is read to its end: ${JSON.stringify(filling)}`, () => {
      const long = filling.repeat(Math.floor(60_000 / filling.length));
      expect(reading(`${long}x. please stop texting me`).kind).to.equal('stop-all');
    });
  }
});
