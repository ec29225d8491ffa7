import { expect } from 'chai';
import type { Fate } from '../../scripts/month/fate.ts';
import { type Judgement, judge, judgeNewcomer, reckon, type Status } from '../../scripts/month/reckoning.ts';

const DEAD: Fate = { kind: 'dead', from: 3, listed: false };
const OFF: Fate = { kind: 'off', from: 3, to: 20, speaks: false };
const BLOCKS: Fate = { kind: 'blocks', from: 3 };
const LEAVES: Fate = { kind: 'leaves', on: 3, words: 'please stop texting me' };
const GOOD: Fate = { kind: 'good' };
const reassigned = (holder: 'stops' | 'wrong-number' | 'joins' | 'silent'): Fate => ({
  ...{ kind: 'reassigned', on: 3, listed: false },
  holder,
});

describe('the reckoning of a simulated month', () => {
  const rows: [fate: Fate, status: Status, failedDays: number, judgement: Judgement][] = [
    [DEAD, 'ended gone', 1, 'found'],
    [DEAD, 'ended deactivated', 0, 'found'],
    [DEAD, 'active', 1, 'missed'],
    [DEAD, 'active', 0, 'unseen'],
    [{ kind: 'landline', from: 3 }, 'ended not-mobile', 1, 'found'],
    [BLOCKS, 'active', 2, 'unseen'],
    [BLOCKS, 'active', 3, 'missed'],
    [BLOCKS, 'suppressed', 3, 'found'],
    [OFF, 'active', 4, 'kept'],
    [OFF, 'suppressed', 3, 'waiting'],
    [OFF, 'suppressed', 2, 'wrong'],
    [OFF, 'ended gone', 3, 'wrong'],
    [reassigned('joins'), 'active', 0, 'kept'],
    [reassigned('joins'), 'ended reassigned', 0, 'found'],
    [reassigned('stops'), 'opted-out', 0, 'found'],
    [reassigned('silent'), 'active', 0, 'unseen'],
    [reassigned('wrong-number'), 'active', 0, 'missed'],
    [LEAVES, 'opted-out', 0, 'found'],
    [LEAVES, 'held', 0, 'found'],
    [LEAVES, 'active', 0, 'missed'],
    [GOOD, 'active', 0, 'kept'],
    [GOOD, 'ended lapsed', 0, 'aged'],
    [GOOD, 'suppressed', 3, 'wrong'],
    [GOOD, 'ended gone', 1, 'wrong'],
    [GOOD, 'opted-out', 0, 'wrong'],
    [{ kind: 'ported', on: 3 }, 'suppressed', 1, 'wrong'],
    [{ kind: 'asks', on: 3, words: 'when do you open' }, 'held', 0, 'wrong'],
    [{ kind: 'twin', of: 3 }, 'active', 0, 'kept'],
  ];
  for (const [fate, status, failedDays, judgement] of rows) {
    const who = 'holder' in fate ? `${fate.kind}, ${fate.holder}` : fate.kind;
    it(`says ${judgement} of ${who} that is ${status} after ${failedDays} days of failures`, () => {
      expect(judge({ fate, status, failedDays })).to.equal(judgement);
    });
  }

  it('says wrong of a good number that was refused at the door, and found of a bad one', () => {
    expect([judgeNewcomer('good', 'refused'), judgeNewcomer('good', 'unconfirmed')]).to.deep.equal([
      'wrong',
      'unseen',
    ]);
    expect([judgeNewcomer('typo', 'refused'), judgeNewcomer('landline', 'active')]).to.deep.equal([
      'found',
      'missed',
    ]);
  });

  it('counts by group, and over all what must not be', () => {
    const {
      rows: groups,
      wrong,
      ignored,
    } = reckon([
      { group: 'good', judgement: 'kept' },
      { group: 'good', judgement: 'wrong' },
      { group: 'leaves', judgement: 'missed' },
      { group: 'dead', judgement: 'missed' },
    ]);
    expect(groups.map(({ group, people }) => [group, people])).to.deep.equal([
      ['good', 2],
      ['dead', 1],
      ['leaves', 1],
    ]);
    expect(groups[0]?.counts).to.include({ kept: 1, wrong: 1, missed: 0 });
    expect([wrong, ignored]).to.deep.equal([1, 1]);
  });
});
