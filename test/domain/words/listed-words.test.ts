import { expect } from 'chai';
import { readText } from '../../../src/domain/words/read-text.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS, type ReadingKind } from '../corpus/corpus.ts';

type Listed = { source: string; kind: ReadingKind; words: string[] };

/** Words that a law, a carrier or a vendor lists, as each lists them; and those we owe to people who write other languages. */
const LISTED: Listed[] = [
  {
    source: '47 CFR 64.1200(a)(10)',
    kind: 'stop-all',
    words: ['stop', 'quit', 'end', 'revoke', 'opt out', 'cancel', 'unsubscribe'],
  },
  {
    source: 'CTIA Messaging Principles and Best Practices 5.1.3',
    kind: 'stop-all',
    words: ['stop', 'end', 'unsubscribe', 'cancel', 'quit', 'please opt me out'],
  },
  {
    source: 'Twilio Help 223134027, default opt-out keywords',
    kind: 'stop-all',
    words: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  },
  { source: 'Twilio Proxy, opt-out keywords', kind: 'stop-all', words: ['ARRET', 'ARRETE', 'ARRETT'] },
  {
    source: 'AWS End User Messaging, required keywords',
    kind: 'stop-all',
    words: [
      ...['ARRET', 'CANCEL', 'END', 'OPT-OUT', 'OPTOUT', 'QUIT', 'REMOVE', 'STOP', 'TD'],
      'UNSUBSCRIBE',
    ],
  },
  { source: 'Telnyx, opt-out keywords', kind: 'stop-all', words: ['STOP ALL'] },
  {
    source: 'Vonage, US short codes',
    kind: 'stop-all',
    words: ['STOP', 'END', 'QUIT', 'CANCEL', 'UNSUBSCRIBE'],
  },
  {
    source: 'CWTA Common Short Code Guidelines 3.9',
    kind: 'stop-all',
    words: ['STOP', 'ARRET', 'END', 'QUIT', 'CANCEL', 'UNSUBSCRIBE', 'UNSUB'],
  },
  {
    source: 'own choice, French',
    kind: 'stop-all',
    words: ['ARRÊT', 'ARRÊTE', 'ARRÊTER', 'DÉSABONNER', 'FIN'],
  },
  {
    source: 'own choice, Spanish',
    kind: 'stop-all',
    words: ['ALTO', 'PARAR', 'PARE', 'DETENER', 'BAJA', 'CANCELAR', 'SALIR', 'NO MAS', 'NO MÁS', 'DAR BAJA'],
  },
  {
    source: 'own choice, other languages',
    kind: 'stop-all',
    words: [
      'ОТКЛЮЧИТЕ МЕНЯ',
      'отказ от рассылки',
      'nie wysyłajcie',
      '拒绝接收',
      '不接收短信',
      '关闭短信',
      '탈퇴',
    ],
  },
  { source: 'own choice, Portuguese', kind: 'stop-all', words: ['PARAR', 'SAIR'] },
  { source: 'Twilio Help 223134027, default help keywords', kind: 'help', words: ['HELP', 'INFO'] },
  { source: 'CWTA Common Short Code Guidelines 3.9', kind: 'help', words: ['HELP', 'AIDE', 'INFO'] },
  { source: 'own choice, Spanish and Portuguese', kind: 'help', words: ['AYUDA', 'AJUDA'] },
  { source: 'Twilio Help 223134027, default opt-in keywords', kind: 'start', words: ['START', 'UNSTOP'] },
];

/** CTIA 5.1.3: capitals and signs must not defeat it. */
const written = (word: string): string[] => [
  ...[word, word.toUpperCase(), word.toLowerCase(), word.normalize('NFD')],
  ...[` ${word} `, `${word}.`, `"${word}!"`],
];

describe('keywords listed by a law, a carrier or a vendor', () => {
  const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
  for (const { source, kind, words } of LISTED) {
    it(`are each read as ${kind}: ${source}`, () => {
      const misread = words
        .flatMap(written)
        .filter((text) => readText(text, CORPUS_PROGRAM_WORDS, rules).kind !== kind);
      expect(misread).to.deep.equal([]);
    });
  }
});
