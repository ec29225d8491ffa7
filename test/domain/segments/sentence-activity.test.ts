import { expect } from 'chai';
import { sentenceOf } from '../../../src/domain/segments/describe.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { all, did, didNot, female, none } from './builders.ts';

describe('activity clause as one sentence', () => {
  const cases: [tree: Tree, words: string][] = [
    [did({ times: 1 }), 'Everyone who bought.'],
    [did({ timesAtMost: 1 }), 'Everyone who bought exactly once.'],
    [did({ timesAtMost: 3 }), 'Everyone who bought 1 to 3 times.'],
    [did({ times: 2, timesAtMost: 5 }), 'Everyone who bought 2 to 5 times.'],
    [did({ times: 3, timesAtMost: 3, days: 30 }), 'Everyone who bought exactly 3 times in the last 30 days.'],
    [none(did({ timesAtMost: 3 })), 'Everyone who did not buy 1 to 3 times.'],
    [did({ sumAtMost: 50 }), 'Everyone who bought for at most 50 in all.'],
    [did({ sum: 20, sumAtMost: 50 }), 'Everyone who bought for 20 to 50 in all.'],
    [did({ sum: 9.9, sumAtMost: 9.9 }), 'Everyone who bought for exactly 9.9 in all.'],
    [did({ since: '2026-02-01' }), 'Everyone who bought since Feb 1, 2026.'],
    [did({ before: '2026-02-01' }), 'Everyone who bought before Feb 1, 2026.'],
    [
      did({ since: '2026-02-01', before: '2026-03-01' }),
      'Everyone who bought from Feb 1, 2026 to Feb 28, 2026.',
    ],
    [did({ since: '2026-02-27', before: '2026-02-28' }), 'Everyone who bought on Feb 27, 2026.'],
    [didNot({ since: '2026-02-01' }), 'Everyone who did not buy since Feb 1, 2026.'],
    [none(didNot({ before: '2026-02-01' })), 'Everyone who bought before Feb 1, 2026.'],
    // An event that somebody told, not a text to us.
    [{ kind: 'did', event: 'reply' }, 'Everyone who did “reply”.'],
    [
      all(female, { kind: 'did', event: 'tour', times: 2, sumAtMost: 80, since: '2025-12-24' }),
      'Everyone who is female and did “tour” at least 2 times for at most 80 in all since Dec 24, 2025.',
    ],
  ];
  for (const [tree, words] of cases) {
    it(`${words}`, () => {
      expect(sentenceOf(tree)).to.equal(words);
    });
  }
});
