import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { PROMPT_REFUSALS } from '../../../src/domain/consent/ledger-reasons.ts';
import type { Trigger } from '../../../src/domain/journeys/journey.ts';
import type { ConsentTriggerEntry } from '../../../src/domain/journeys/triggers.ts';
import {
  begunByKeyword,
  type ReadText,
  readWords,
  wordsLost,
} from '../../../src/domain/journeys/triggers.ts';
import type { Program } from '../../../src/domain/program.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { DEALS, later, NOW } from './builders.ts';

const DEALS_PROGRAM = DEALS as Program;
const RULES = wordRulesAt(new Date('2026-11-28T00:00:00Z'));
const readIn = (words: string[], program: Program = DEALS_PROGRAM) => {
  const programs = PROGRAMS.map((known) => (known.id === program.id ? program : known));
  return readWords(words, program, { programs, senders: Object.values(SENDERS) }, RULES);
};

describe('keywords that a journey is saved with', () => {
  it('are stored as the program writes them, and code and word of a topic stand for each other', () => {
    const { trigger, faults } = readIn(['join', 'Únirme', '1', 'JOIN', 'deals', 'EVENTS']);
    expect(faults).to.deep.equal([]);
    expect(trigger.words).to.deep.equal(['JOIN', 'UNIRME', '1', 'DEALS', 'EVENTS']);
    expect(trigger.means.map(({ word, topic }) => `${word} ${topic}`)).to.deep.equal([
      ...['JOIN null', 'UNIRME null', '1 deals', 'DEALS deals', '3 events', 'EVENTS events'],
    ]);
  });

  const consent = 'For every consent, however it was asked for, use {"kind": "consent"}.';
  const refused: [word: string, why: string][] = [
    ['STOP', '“STOP” begins no journey: people text it to stop all messages.'],
    ['Arrêt', '“Arrêt” begins no journey: people text it to stop all messages.'],
    ['HELP', '“HELP” begins no journey: people text it to get help.'],
    ['MENU', '“MENU” begins no journey: people text it to see the menu.'],
    ['PAUSE', '“PAUSE” begins no journey: people text it to pause messages.'],
    ['NO', '“NO” begins no journey: people text it to refuse.'],
    ['YES', `“YES” begins no journey: people text it to confirm. ${consent}`],
    ['UNSTOP', `“UNSTOP” begins no journey: people text it to start messages again. ${consent}`],
    ['ORDERS', '“ORDERS” is a word of the program “orders”. A journey begins by words of its own program.'],
    ['4', '“4” is a word of the program “orders”. A journey begins by words of its own program.'],
    ['STYLE', '“STYLE” is a word of the program “stylist”. A journey begins by words of its own program.'],
    ['1 3', 'Write one word of letters and digits alone.'],
    ['JOIN (Fernway Deals)', 'Write one word of letters and digits alone.'],
    ['👍', 'Write one word of letters and digits alone.'],
    [
      'PIZZA',
      'The program has no such word. It has JOIN, UNIRME, REJOINDRE, 1, DEALS, 2, NEWS, 3, EVENTS. Save other words with the program first.',
    ],
  ];
  for (const [word, why] of refused) {
    it(`are refused: ${word}`, () =>
      expect(readIn(['JOIN', word]).faults).to.deep.equal([{ field: 'trigger.words.1', problem: why }]));
  }

  it('are refused when they have another meaning or the program has ended', () => {
    const odd = { ...DEALS_PROGRAM, keywords: { en: ['CANCEL'] }, confirmWords: ['AGREED'] };
    expect(readIn(['CANCEL', 'AGREED'], odd).faults.map(({ field }) => field)).to.deep.equal([
      'trigger.words.0',
      'trigger.words.1',
    ]);
    expect(readIn(['JOIN'], { ...DEALS_PROGRAM, status: 'ended' }).faults[0]?.problem).to.match(/has ended/);
  });
});

describe('text as a trigger of a journey', () => {
  const { trigger } = readIn(['JOIN', '1']);
  const yes: ConsentTriggerEntry = {
    ...{ kind: 'confirmed', program: 'deals', topics: ['deals'], channel: 'VIA_TEXT', recordedAt: later(9) },
    ...{ reason: null, disclosure: null },
  };
  const on: Partial<ConsentTriggerEntry> = { kind: 'topic-on' };
  const join: ReadText = { kind: 'join', rule: 'join:keyword:join', receivedAt: NOW };
  const code: ReadText = { kind: 'topics-on', rule: 'topics-on:1', receivedAt: NOW };
  const in_: Partial<ConsentTriggerEntry> = {
    kind: 'ineffective',
    reason: PROMPT_REFUSALS['already-in'],
    topics: [],
  };
  const table: [what: string, entry: Partial<ConsentTriggerEntry>, text: ReadText, begins: boolean][] = [
    ['a word that was confirmed', {}, join, true],
    ['another word of the program', {}, { ...join, rule: 'join:keyword:unirme' }, false],
    ['a word of another program', { program: 'orders' }, join, false],
    ['the word, by who is in it already', in_, join, true],
    ['the word, which was asked too often', { ...in_, reason: 'prompts' }, join, false],
    ['the word, while it is a question', { kind: 'prompted' }, join, false],
    ['RESUME, which asks to join', {}, { ...join, kind: 'resume', rule: 'resume:resume' }, false],
    ['a word from before the start', {}, { ...join, receivedAt: later(-0.001) }, false],
    ['a code', on, code, true],
    ['the word of the topic', on, { ...code, rule: 'topics-on:deals' }, true],
    ['a code among others', { ...on, topics: ['news', 'deals'] }, { ...code, rule: 'topics-on:2+1' }, true],
    ['a code that was asked about, and confirmed', {}, code, true],
    [
      'another one of its text that was confirmed',
      { topics: ['news'] },
      { ...code, rule: 'topics-on:2+1' },
      false,
    ],
    ['another code of the topic, which it has since', on, { ...code, rule: 'topics-on:7' }, false],
    ['the code, where it means another topic since', { ...on, topics: ['news'] }, code, false],
    ['the code, from before the start', on, { ...code, receivedAt: later(-1) }, false],
    ['a topic turned off', { kind: 'topic-off' }, code, false],
  ];
  for (const [what, entry, text, begins] of table) {
    it(`${begins ? 'begins' : 'does not begin'} the journey: ${what}`, () => {
      const of = { program: 'deals', startedAt: NOW };
      expect(begunByKeyword(trigger, of, { ...yes, ...entry }, text)).to.equal(begins);
      const other: Trigger = { kind: 'consent', topics: null };
      expect(begunByKeyword(other, of, { ...yes, ...entry }, text)).to.equal(false);
    });
  }

  it('loses the words that mean something else since the program changed', () => {
    const lost = (more: Partial<Program>) => wordsLost(trigger.means, { ...DEALS_PROGRAM, ...more });
    const [deals, ...topics] = DEALS_PROGRAM.topics as [Program['topics'][0]];
    expect(lost({})).to.deep.equal([]);
    expect(lost({ keywords: { es: ['Join'] } })).to.deep.equal([]);
    expect(lost({ keywords: { en: ['HOLA'] } })).to.deep.equal(['JOIN']);
    expect(lost({ topics: [{ ...deals, code: '7' }, ...topics] })).to.deep.equal(['1']);
    expect(lost({ topics })).to.deep.equal(['1', 'DEALS']);
  });
});
