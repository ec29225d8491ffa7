import { expect } from 'chai';
import { check } from '../../../src/domain/segments/check.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { all, bought, did, didNot, KNOWN, none, notBought } from './builders.ts';

describe('contradictions between activity clauses', () => {
  const refused: [what: string, tree: Tree][] = [
    ['at least 4 times and at most 3', all(did({ times: 4 }), did({ timesAtMost: 3 }))],
    ['twice this week, once this month', all(did({ times: 2, days: 7 }), did({ timesAtMost: 1, days: 30 }))],
    ['once ever, 3 times since a day', all(did({ timesAtMost: 1 }), did({ times: 3, since: '2026-01-01' }))],
    ['for more and for less', all(did({ sum: 20, days: 30 }), did({ sumAtMost: 19.99, days: 30 }))],
    [
      '3 times and not so often in a longer time',
      all(did({ times: 3, since: '2026-02-01' }), none(did({ times: 3, since: '2026-01-01' }))),
    ],
    ['twice, and not 1 to 3 times', all(did({ times: 2, timesAtMost: 2 }), none(did({ timesAtMost: 3 })))],
    [
      'for 5 to 9, and not for 3 to 10',
      all(did({ sum: 5, sumAtMost: 9, days: 9 }), none(did({ sum: 3, sumAtMost: 10, days: 9 }))),
    ],
    [
      'did on a day, and not since an earlier one',
      all(did({ since: '2026-02-01', before: '2026-02-02' }), didNot({ since: '2026-01-01' })),
    ],
    [
      'did before a day, and not before a later one',
      all(didNot({ before: '2026-02-01' }), did({ before: '2026-01-01' })),
    ],
    ['did since a day and never', all(notBought(), did({ since: '2026-01-01' }))],
    [
      'did in none of two times, one in the other',
      none(didNot({ since: '2026-02-01' }), did({ since: '2026-01-01' })),
    ],
  ];
  for (const [what, tree] of refused) {
    it(`are refused: ${what}`, () => {
      expect(check(tree, KNOWN)).to.deep.equal({
        ok: false,
        faults: [{ path: '/of/1', problem: 'Nobody can match both this and clause 1.' }],
      });
    });
  }

  const taken: [what: string, tree: Tree][] = [
    ['at least 3 times and at most 3', all(did({ times: 3 }), did({ timesAtMost: 3 }))],
    ['often ever, seldom lately', all(did({ times: 9 }), did({ timesAtMost: 2, days: 30 }))],
    [
      'often one thing, seldom another',
      all(did({ times: 9 }), { kind: 'did', event: 'click', timesAtMost: 1 }),
    ],
    [
      'much lately, and less of it in a longer time, for what was given back',
      all(did({ sum: 20, days: 7 }), did({ sumAtMost: 5, days: 30 })),
    ],
    ['often, and not seldom', all(did({ times: 4 }), none(did({ timesAtMost: 3 })))],
    ['at most 3 times, and not at most 2', all(did({ timesAtMost: 3 }), none(did({ timesAtMost: 2 })))],
    [
      'seldom lately, and not seldom ever',
      all(did({ timesAtMost: 1, days: 7 }), none(did({ timesAtMost: 1 }))),
    ],
    ['for little, and not for nothing', all(did({ sumAtMost: 5 }), none(did({ sumAtMost: 1 })))],
    [
      'did since a day, and not since a later one',
      all(did({ since: '2026-01-01' }), didNot({ since: '2026-02-01' })),
    ],
    ['did before a day, and not since', all(did({ before: '2026-02-01' }), didNot({ since: '2026-02-01' }))],
    ['lately, and not since a day: each day another answer', all(bought(7), didNot({ since: '2026-01-01' }))],
    ['since a day, and not lately', all(did({ since: '2026-02-01' }), notBought(90))],
  ];
  for (const [what, tree] of taken) {
    it(`are not seen in ${what}`, () => {
      expect(check(tree, KNOWN).ok).to.equal(true);
    });
  }
});
