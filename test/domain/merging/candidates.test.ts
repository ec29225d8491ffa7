import { expect } from 'chai';
import type { Likeness } from '../../../src/domain/contacts/duplicates.ts';
import { type Candidate, candidateAfter } from '../../../src/domain/contacts/duplicates.ts';

const [THEN, NOW] = [new Date('2026-01-01'), new Date('2026-02-01')];
const found = (marks: string[], score = 80): Likeness => ({ score, evidence: ['same-mailbox'], marks });
const kept = (state: Candidate['state'], marks: string[], dismissed: string[] = []): Candidate => ({
  ...{ ...found(marks), state, dismissed, foundAt: THEN, changedAt: THEN },
});

describe('possible duplicate that is compared again', () => {
  const open = kept('open', ['a']);
  const dismissed = kept('dismissed', ['a', 'b'], ['a', 'b']);
  const back = kept('open', ['a', 'c'], ['a']);
  const merged = kept('merged', ['a']);
  const table: [string, Candidate | null, Likeness | null, Candidate | null][] = [
    ['is none where nothing was or is found', null, null, null],
    ['is open when it is found', null, found(['a']), { ...open, foundAt: NOW, changedAt: NOW }],
    ['stays as it is where nothing changed', open, found(['a']), open],
    [
      'takes new evidence',
      open,
      found(['a', 'c'], 90),
      { ...open, ...found(['a', 'c'], 90), changedAt: NOW },
    ],
    ['goes where nothing speaks for it any more', open, null, null],
    ['stays dismissed by the same evidence', dismissed, found(['a', 'b']), dismissed],
    ['stays dismissed by less evidence', dismissed, found(['b']), dismissed],
    ['stays dismissed without any', dismissed, null, dismissed],
    [
      'comes back with evidence that it did not have',
      dismissed,
      found(['b', 'c']),
      { ...dismissed, ...found(['b', 'c']), state: 'open', changedAt: NOW },
    ],
    [
      'is dismissed again where only what it was dismissed by is left',
      back,
      found(['a']),
      { ...back, ...found(['a']), state: 'dismissed', changedAt: NOW },
    ],
    ['is dismissed again where nothing is left', back, null, { ...back, state: 'dismissed', changedAt: NOW }],
    ['stays merged', merged, null, merged],
  ];
  for (const [what, before, now, after] of table) {
    it(`${what}`, () => expect(candidateAfter(before, now, NOW)).to.deep.equal(after));
  }
});
