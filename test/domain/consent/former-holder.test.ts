import { expect } from 'chai';
import { beginsNewHolder, lastWordOf } from '../../../src/domain/consent/consent-end.ts';
import type { Suppression } from '../../../src/domain/consent/suppression.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { type Conversation, converse, DAY } from './conversation.ts';

describe('text from a number whose holder said that they are the wrong person', () => {
  const base = { language: null, rule: 'test', rules: 'test-1' };
  const JOIN: Reading = { ...base, kind: 'join', program: 'deals' };
  const later = (talk: Conversation): Date => new Date(talk.now.getTime() + DAY);
  const wrong = (...bodies: string[]): Conversation => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'wrong number', ...bodies]) talk.text(body);
    return talk;
  };

  const rows: [which: string, talk: Conversation, reading: Reading, begins: boolean][] = [
    ['a keyword begins a new holder', wrong(), JOIN, true],
    ['START begins a new holder', wrong(), { ...base, kind: 'start' }, true],
    ['a keyword after a STOP of theirs does', wrong('STOP'), JOIN, true],
    ['YES does not', wrong(), { ...base, kind: 'yes' }, false],
    ['HELP does not', wrong(), { ...base, kind: 'help' }, false],
    ['RESUME does not', wrong(), { ...base, kind: 'resume' }, false],
    ['a keyword does not where they asked to join before', wrong('JOIN'), JOIN, false],
    ['a keyword does not where they are in a program', wrong('JOIN', 'YES'), JOIN, false],
  ];
  for (const [which, talk, reading, begins] of rows) {
    it(`${which}`, () => {
      expect(beginsNewHolder(talk.person, { reading, receivedAt: later(talk) })).to.equal(begins);
    });
  }

  it('begins no new holder when nobody said so', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'STOP']) talk.text(body);
    expect(beginsNewHolder(talk.person, { reading: JOIN, receivedAt: later(talk) })).to.equal(false);
  });

  it('begins no new holder when it came before those words or before a STOP after them', () => {
    for (const talk of [wrong(), wrong('STOP')]) {
      const receivedAt = talk.person.lastOptOutAt as Date;
      expect(beginsNewHolder(talk.person, { reading: JOIN, receivedAt })).to.equal(false);
    }
  });
});

describe('last word of a former holder', () => {
  const at = (hour: number): Date => new Date(Date.UTC(2026, 4, 20, hour));
  const row = (change: Partial<Suppression>): Suppression => ({
    ...{
      scope: 'all',
      kind: 'opt-out',
      generation: 2,
      since: at(5),
      lifts: {},
      until: null,
      origin: SOME_ORIGIN,
    },
    ...change,
  });
  const topic = row({ scope: 'topic:deals/news', lifts: { deals: 1 } });

  const KEPT: [what: string, rows: Suppression[], optedOut: boolean, kept: Suppression[] | undefined][] = [
    ['is each opt-out, as far as they lifted it', [row({}), topic], true, [row({}), topic]],
    [
      'is words that nobody decided about, for good',
      [row({ kind: 'hold', until: at(9) })],
      true,
      [row({ until: null })],
    ],
    ['is no fact of the number alone', [row({ kind: 'carrier' }), row({ kind: 'hygiene' })], true, []],
    ['is nothing where they never did: the rows are from before them', [row({})], false, undefined],
  ];
  for (const [what, suppressions, optedOut, kept] of KEPT) {
    it(`${what}`, () => {
      const lastOptOutAt = optedOut ? at(5) : null;
      expect(lastWordOf({ suppressions, lastOptOutAt })).to.deep.equal(kept);
    });
  }
});
