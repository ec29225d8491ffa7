import { expect } from 'chai';
import { firstRemembered, REMEMBERED_DAYS } from '../../../src/domain/contacts/activity.ts';
import { stillToCome } from '../../../src/domain/segments/asks.ts';
import { check } from '../../../src/domain/segments/check.ts';
import { compile } from '../../../src/domain/segments/query.ts';
import type { Resolved, Tree } from '../../../src/domain/segments/tree.ts';
import { all, did, didNot, female, KNOWN } from './builders.ts';

describe('check of activity counts, sums and times', () => {
  const refused: [what: string, tree: Tree, path: string, problem: string][] = [
    [
      'at most fewer than at least',
      all(female, did({ times: 5, timesAtMost: 3 })),
      '/of/1/times',
      'Nobody can match: 5 is more than 3.',
    ],
    [
      'at most less than at least in all',
      did({ sum: 20.01, sumAtMost: 20 }),
      '/sum',
      'Nobody can match: 20.01 is more than 20.',
    ],
    [
      '0 times',
      did({ times: 0 }),
      '/times',
      '“did” begins at once. Who did it 0 times is asked for by “did-not”.',
    ],
    [
      'at most 0 times',
      did({ timesAtMost: 0 }),
      '/timesAtMost',
      '“did” begins at once. Who did it 0 times is asked for by “did-not”.',
    ],
    [
      'exactly 0 times',
      did({ times: 0, timesAtMost: 0 }),
      '/times',
      '“did” begins at once. Who did it 0 times is asked for by “did-not”.',
    ],
    [
      '0 to 3 times',
      did({ times: 0, timesAtMost: 3 }),
      '/times',
      '“did” begins at once. 0 to 3 times is a “none” of “did” with "times": 4.',
    ],
    [
      'a day that is still to come',
      did({ since: '2026-03-02' }),
      '/since',
      '2026-03-02 lies in the future, so nobody did anything since then.',
    ],
    [
      'nothing done since a day that is still to come',
      didNot({ since: '2026-03-02', before: '2026-03-09' }),
      '/since',
      '2026-03-02 lies in the future, so nobody did anything since then.',
    ],
    [
      'no day between two',
      did({ since: '2026-02-01', before: '2026-02-01' }),
      '/since',
      'No day lies from 2026-02-01 on and before 2026-02-01.',
    ],
    [
      'two dates the wrong way round',
      didNot({ since: '2026-02-02', before: '2026-02-01' }),
      '/since',
      'No day lies from 2026-02-02 on and before 2026-02-01.',
    ],
    [
      'a time said by days and by a date',
      all(female, did({ days: 30, before: '2026-02-01' })),
      '/of/1/days',
      'The period is given twice. Give it by days, or by since and before.',
    ],
    [
      'a day from before what is remembered',
      didNot({ since: '2025-01-24' }),
      '/since',
      'Activity is kept for 400 days, now since 2025-01-25. Take that day or a later one.',
    ],
    [
      'a time of which no day is remembered',
      did({ before: '2025-01-25' }),
      '/before',
      'Activity is kept for 400 days, now since 2025-01-25. Take a later day.',
    ],
  ];
  for (const [what, tree, path, problem] of refused) {
    it(`refuses ${what} with its place`, () => {
      expect(check(tree, KNOWN)).to.deep.equal({ ok: false, faults: [{ path, problem }] });
    });
  }

  it('never asks for days before the first remembered day', () => {
    const asked = JSON.stringify(compile(didNot({ days: REMEMBERED_DAYS }) as Resolved, KNOWN.now));
    expect(asked).to.contain(`{"$gte":"${firstRemembered(KNOWN.now).toISOString()}"}`);
  });

  it('accepts a future day in a saved segment, and names it until it has come', () => {
    for (const leaf of [
      did({ since: '2026-03-02' }),
      didNot({ since: '2026-03-02', before: '2026-03-09' }),
    ]) {
      expect(check(leaf, { ...KNOWN, isAskedLater: true }).ok).to.equal(true);
      expect(check(leaf, { ...KNOWN, now: new Date('2026-03-02T00:00:00Z') }).ok).to.equal(true);
      const deep: Resolved = { kind: 'none', of: [all(female, leaf) as Resolved] };
      expect(stillToCome(deep, KNOWN.now)).to.match(/^2026-03-02 lies in the future/);
      expect(stillToCome(deep, new Date('2026-03-02T00:00:00Z'))).to.equal(null);
    }
  });

  it('names faults of count, sum and time together', () => {
    const checked = check(did({ timesAtMost: 0, sum: 2, sumAtMost: 1, since: '2025-01-01' }), KNOWN);
    expect(checked.ok ? [] : checked.faults.map(({ path }) => path)).to.deep.equal([
      '/timesAtMost',
      '/sum',
      '/since',
    ]);
  });

  const taken: [what: string, tree: Tree][] = [
    ['exactly once', did({ timesAtMost: 1 })],
    ['exactly 3 times', did({ times: 3, timesAtMost: 3 })],
    ['exactly so much', did({ sum: 20, sumAtMost: 20 })],
    ['nothing in all: what was given back', did({ sumAtMost: 0 })],
    ['since today', did({ since: '2026-03-01' })],
    ['since the first day that is remembered', did({ since: '2025-01-25' })],
    ['before the second', did({ before: '2025-01-26' })],
    ['one day', did({ since: '2026-02-01', before: '2026-02-02' })],
    ['a time that is not over', didNot({ since: '2026-02-01', before: '2026-04-01' })],
  ];
  for (const [what, tree] of taken) {
    it(`accepts ${what}`, () => {
      expect(check(tree, KNOWN)).to.deep.equal({ ok: true, tree });
    });
  }

  it('refuses a day tomorrow that is forgotten by then, even in a saved segment', () => {
    const saved = { id: 'since', name: 'Since', tree: did({ since: '2025-01-25' }) };
    const known = { ...KNOWN, segments: [saved], now: new Date('2026-03-02T00:00:00.000Z') };
    const checked = check({ kind: 'segment', id: 'since' }, known);
    expect(checked.ok ? [] : checked.faults.map(({ path }) => path)).to.deep.equal(['/id']);
    expect(check({ kind: 'segment', id: 'since' }, { ...known, now: KNOWN.now }).ok).to.equal(true);
  });
});
