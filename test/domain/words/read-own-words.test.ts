import { expect } from 'chai';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));

describe('word of a program or topic beside STOP', () => {
  const table: [text: string, expected: Partial<Reading>][] = [
    ['STOP ORDERS NOW', { kind: 'stop-all', by: 'leading', rule: 'leading:stop' }],
    ['STOP FERNWAY ORDERS', { kind: 'stop-all', by: 'leading' }],
    ['please stop shipping today', { kind: 'stop-all' }],
    ['STOP DEALS AND ORDERS AND EVERYTHING', { kind: 'unsure' }],
    ['cancel orders now', { kind: 'unsure', rule: 'some:and-more' }],
    ['STOP ORDERS RIGHT NOW', { kind: 'stop-all' }],
    ['STOP YOUR ORDERS NOW', { kind: 'stop-all' }],
    ['ok stop orders now', { kind: 'unsure' }],
    ['por favor alto orders ahora mismo', { kind: 'unsure' }],
    ['cancel fernway orders please', { kind: 'unsure' }],
    ['ALTO ORDERS AHORA', { kind: 'unsure' }],
    ['stop my order', { kind: 'unknown' }],
    ['cancel my orders please', { kind: 'unknown' }],
    ['cancel order now', { kind: 'unknown' }],
    ['stop shipping my order', { kind: 'unknown' }],
    ['when do orders stop today', { kind: 'unknown' }],
  ];
  for (const [text, expected] of table) {
    it(`counts in ${JSON.stringify(text)}`, () => {
      expect(readText(text, CORPUS_PROGRAM_WORDS, rules)).to.deep.include(expected);
    });
  }

  it('does not count as a single word of a name, nor with a number beside it', () => {
    const named = (name: string) => ({
      programs: CORPUS_PROGRAM_WORDS.programs.map((program, at) =>
        at === 0 ? program : { ...program, name },
      ),
    });
    const read1 = (name: string, text: string) => readText(text, named(name), rules).kind;
    const updates = 'Fernway Order Updates';
    for (const text of ['stop order 3', 'cancel order 3', 'cancel order #3', 'cancel order 3 please'])
      expect(read1(updates, text), text).to.equal('unknown');
    for (const text of ['stop my orders', 'cancel my orders please', 'stop shipping my orders'])
      expect(read1('My Fernway', text), text).to.equal('unknown');
    expect(read1(updates, 'stop fernway order updates now')).to.equal('unsure');
  });

  it('is turned on by "plus" only between two codes, since "plus" is French for "no more"', () => {
    const kindOf = (text: string) => readText(text, CORPUS_PROGRAM_WORDS, rules).kind;
    const ends = ['plus de deals svp', 'Plus de NEWS', 'svp plus de deals, merci', 'plus d events'];
    expect(ends.map(kindOf)).to.deep.equal(ends.map(() => 'unsure'));
    expect(['1 plus 3', 'deals plus news please', 'add 1 plus 2'].map(kindOf)).to.deep.equal([
      ...['topics-on', 'topics-on', 'topics-on'],
    ]);
    expect(['deals, plus de news', 'plus deals', 'deals plus'].map(kindOf)).not.to.include('topics-on');
  });

  it('does not count when it is only part of the name of a program', () => {
    const program = { id: 'd', name: 'Fernway Delivery', keywords: [], confirmWords: [], topics: [] };
    const kindOf = (text: string) => readText(text, { programs: [program] }, rules).kind;
    expect(['STOP FERNWAY DELIVERY', 'stop delivery now'].map(kindOf)).to.deep.equal(['stop-all', 'unknown']);
  });
});
