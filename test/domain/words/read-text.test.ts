import { expect } from 'chai';
import fc from 'fast-check';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS as vocabulary } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
const reading = (text: string) => readText(text, vocabulary, rules);

const DEALS = { program: 'club', topic: 'deals' };
const NEWS = { program: 'club', topic: 'news' };
const SHIPPING = { program: 'orders', topic: 'shipping' };

function table(rows: [text: string, expected: Partial<Reading>][]): void {
  for (const [text, expected] of rows) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
      expect(reading(text)).to.deep.include(expected);
    });
  }
}

describe('listed opt-out word alone', () => {
  table([
    ['STOP', { kind: 'stop-all', by: 'exact', language: null, rule: 'exact:stop' }],
    ['CANCEL', { kind: 'stop-all', by: 'exact', language: 'en' }],
    ['FIN', { kind: 'stop-all', by: 'exact', language: null }],
    ['STOP STOP STOP', { kind: 'stop-all', by: 'exact' }],
    ['(stop)', { kind: 'stop-all', by: 'exact' }],
    ['opt-out', { kind: 'stop-all', by: 'exact', rule: 'exact:opt-out' }],
    ['stop all', { kind: 'stop-all', by: 'exact' }],
    ['NO MÁS', { kind: 'stop-all', by: 'exact', language: 'es' }],
    ['ARRÊT', { kind: 'stop-all', by: 'exact', language: 'fr' }],
    ['SAIR', { kind: 'stop-all', by: 'exact', language: null }],
    ['退订', { kind: 'stop-all', by: 'exact', language: null }],
  ]);
});

describe('listed opt-out word first in a short text', () => {
  table([
    ['STOP PLEASE', { kind: 'stop-all', by: 'leading', rule: 'leading:stop' }],
    ['stop texting me', { kind: 'stop-all', by: 'leading' }],
    ['cancel please', { kind: 'stop-all', by: 'leading' }],
    ['STOP 9', { kind: 'stop-all', by: 'leading' }],
    ['STOP DEALS OR ELSE', { kind: 'stop-all', by: 'leading' }],
    ['arrêt svp', { kind: 'stop-all', by: 'leading', language: 'fr' }],
  ]);
});

describe('opt-out of a named topic or program', () => {
  table([
    ['STOP DEALS', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['OFF 1', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['STOP 1 3', { kind: 'stop-some', programs: [], topics: [DEALS, NEWS] }],
    ['stop 1, deals', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['please stop the deals texts', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['UNSUBSCRIBE DEALS', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['ARRET DEALS', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['opt out of deals', { kind: 'stop-some', programs: [], topics: [DEALS] }],
    ['STOP ORDERS', { kind: 'stop-some', programs: ['orders'], topics: [] }],
    ['STOP JOIN 4', { kind: 'stop-some', programs: ['club'], topics: [SHIPPING] }],
    ['deals off', { kind: 'stop-some', programs: [], topics: [DEALS] }],
  ]);
});

describe('opt-out beside any other reading', () => {
  const greedy = {
    programs: [
      {
        id: 'greedy',
        name: 'Greedy',
        keywords: [{ word: 'STOP', language: 'en' as const }],
        confirmWords: ['END'],
        topics: [{ id: 'quit', code: 'QUIT', word: 'CANCEL' }],
      },
    ],
  };
  for (const word of ['STOP', 'END', 'QUIT', 'CANCEL']) {
    it(`counts where a program claims ${word}`, () => {
      expect(readText(word, greedy, rules)).to.include({ kind: 'stop-all', by: 'exact' });
    });
  }
  table([
    ['YES STOP', { kind: 'stop-all' }],
    ['JOIN STOP', { kind: 'stop-some', programs: ['club'], topics: [] }],
    ['HELP STOP', { kind: 'stop-all' }],
    ['yes i agree, but take me off this list', { kind: 'stop-all', by: 'scored' }],
  ]);
});

describe('opt-out in ordinary words', () => {
  table([
    ['please stop texting me', { kind: 'stop-all', by: 'scored', language: 'en', wrongNumber: false }],
    ['take me off this list please', { kind: 'stop-all', by: 'scored', rule: 'phrase:off-the-list' }],
    ['Je ne veux plus recevoir vos messages', { kind: 'stop-all', by: 'scored', language: 'fr' }],
    ['no me manden más mensajes', { kind: 'stop-all', by: 'scored', language: 'es' }],
    ['não me mande mais mensagens', { kind: 'stop-all', by: 'scored', language: null }],
    ['Please don’t. Stop texting me.', { kind: 'stop-all', by: 'scored' }],
    ['unsuscribe', { kind: 'stop-all', by: 'scored', rule: 'meant:unsubscribe' }],
    ['S T O P', { kind: 'stop-all', by: 'scored' }],
  ]);
});

describe('wrong number', () => {
  table([
    ['wrong number', { kind: 'stop-all', by: 'scored', wrongNumber: true }],
    ['número equivocado', { kind: 'stop-all', wrongNumber: true, language: 'es' }],
    ['vous vous trompez de numéro', { kind: 'stop-all', wrongNumber: true, language: 'fr' }],
    ['There is no Denise here', { kind: 'unsure', wrongNumber: true }],
    ['stop wrong number', { kind: 'stop-all', by: 'leading', wrongNumber: true }],
    ['stop, wrong number', { kind: 'stop-all', wrongNumber: true }],
  ]);
});

describe('codes joined by words that make no list', () => {
  table([
    ['2 for 1', { kind: 'unknown' }],
    ['2 for 1?', { kind: 'unknown' }],
    ['1 or 2', { kind: 'unknown' }],
    ['1 of 3', { kind: 'unknown' }],
    ['1 ou 2', { kind: 'unknown' }],
    ['news from 2', { kind: 'unknown' }],
    ['stop 1 or 3', { kind: 'stop-some', programs: [], topics: [DEALS, NEWS] }],
    ['opt out of 1', { kind: 'stop-some', programs: [], topics: [DEALS] }],
  ]);
});

describe('text that may be an opt-out', () => {
  table([
    [
      'who gave you this number',
      { kind: 'unsure', wrongNumber: false, rule: 'phrase:who-gave-you-this-number' },
    ],
    ['off', { kind: 'unsure' }],
    ['🛑', { kind: 'unsure', rule: 'sign:forbidding' }],
    ['can you cancel', { kind: 'unsure' }],
  ]);
});

describe('other keywords', () => {
  table([
    ['HELP', { kind: 'help', language: 'en' }],
    ['aide svp', { kind: 'help', language: 'fr' }],
    ['INFO', { kind: 'help', language: null }],
    ['START', { kind: 'start', language: null }],
    ['UNSTOP', { kind: 'start', language: null }],
    ['Préférences', { kind: 'preferences', language: null }],
    ['information', { kind: 'help', language: null }],
    ['JOIN please', { kind: 'join', program: 'club', language: 'en' }],
    ['JOIN (Fernway Deals)', { kind: 'join', program: 'club', rule: 'join:keyword:join' }],
    ['join fernway deals', { kind: 'join', program: 'club', language: 'en' }],
    ['ORDERS (Fernway Orders) please', { kind: 'join', program: 'orders' }],
    ['UNIRME (Fernway Deals)', { kind: 'join', program: 'club', language: 'es' }],
    ['JOIN Fernway Orders', { kind: 'unknown' }],
    ['Unirme!', { kind: 'join', program: 'club', language: 'es' }],
    ['ORDERS', { kind: 'join', program: 'orders' }],
    ['Yes!', { kind: 'yes', language: 'en' }],
    ['sí', { kind: 'yes', language: 'es' }],
    ['agree', { kind: 'yes', language: null, rule: 'yes:confirm-word:agree' }],
    ['no thanks', { kind: 'no' }],
    ['Menú', { kind: 'menu' }],
    ['why am I getting this?', { kind: 'why', language: 'en' }],
    ['prefs', { kind: 'preferences' }],
    ['resume', { kind: 'resume' }],
    ['pause', { kind: 'pause', days: null }],
    ['PAUSE 30', { kind: 'pause', days: 30 }],
    ['pause for 2 weeks please', { kind: 'pause', days: 14 }],
    ['pausa 30 días', { kind: 'pause', days: 30, language: 'es' }],
    ['pause 0', { kind: 'pause', days: null }],
    ['pause 3 constructor', { kind: 'unknown' }],
    ['1 3', { kind: 'topics-on', topics: [DEALS, NEWS], rule: 'topics-on:1+3' }],
    ['DEALS, NEWS', { kind: 'topics-on', topics: [DEALS, NEWS] }],
    ['on 1 and 4', { kind: 'topics-on', topics: [DEALS, SHIPPING] }],
    ['1 1', { kind: 'topics-on', topics: [DEALS], rule: 'topics-on:1' }],
    ['on 1 and Déals please', { kind: 'topics-on', topics: [DEALS], rule: 'topics-on:1+deals' }],
    ['1 9', { kind: 'unknown' }],
    ['DEALS JOIN', { kind: 'unknown' }],
    ['constructor', { kind: 'unknown' }],
    ['1990-04-03', { kind: 'birth-date', date: '1990-04-03' }],
    ['04/03/1990', { kind: 'birth-date', date: '1990-04-03' }],
    ['', { kind: 'empty', rule: 'empty' }],
    ['\u200b \n', { kind: 'empty' }],
    ['👍', { kind: 'unknown' }],
  ]);
});

describe('ordinary text', () => {
  it('never opts anyone in', () => {
    const opens = new Set(['join', 'start', 'yes', 'topics-on']);
    const word = fc.constantFrom(
      'yes',
      'join',
      'deals',
      '1',
      'agree',
      'start',
      'sure',
      'the',
      'order',
      'my',
      'is',
      'hello',
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const said = `hello ${words.join(' ')} order`;
        expect(opens.has(reading(said).kind)).to.equal(false);
      }),
    );
  });

  it('is recorded with the version of the word lists and never with its words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { rule, rules: version } = reading(text);
        expect(version).to.equal(rules.version);
        // A code of our own may be named by it: of "1" that is "topics-on:1".
        expect(rule).to.match(/^(?:[\p{Ll}\p{Lo}-]+(?::[\p{Ll}\p{Lo}-]+)?|topics-on:\d+)$/u);
      }),
    );
  });

  it('is read to its end however long and hostile it is', () => {
    for (const filling of [
      'stop a ',
      'dont want ',
      'a b ',
      's t o p ',
      "don't ",
      'x',
      '. ',
      'take me no more ',
      'no ',
      '.x',
      'a\u0301',
      'стоп ',
      'не хочу ',
      '不',
      '不要再',
      'もう',
      'wag na po ',
      'لا ترسل ',
      'मत ',
    ]) {
      const long = filling.repeat(Math.floor(60_000 / filling.length));
      expect(reading(`${long}. please stop texting me`).kind, filling).to.equal('stop-all');
    }
  });
});
