import { expect } from 'chai';
import { beginsNewHolder } from '../../../src/domain/consent/former-holder.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { type Conversation, converse, DAY } from './conversation.ts';

describe('a text from a number whose holder said that they are not the person we mean', () => {
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
    it(which, () => {
      expect(beginsNewHolder(talk.person, { reading, receivedAt: later(talk) })).to.equal(begins);
    });
  }

  it('does not where it was never said', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'STOP']) talk.text(body);
    expect(beginsNewHolder(talk.person, { reading: JOIN, receivedAt: later(talk) })).to.equal(false);
  });

  it('does not where it came before those words, or before a STOP after them', () => {
    for (const talk of [wrong(), wrong('STOP')]) {
      const receivedAt = talk.person.lastOptOutAt as Date;
      expect(beginsNewHolder(talk.person, { reading: JOIN, receivedAt })).to.equal(false);
    }
  });
});
