import { expect } from 'chai';
import type { Fate } from '../../scripts/month/fate.ts';
import {
  type Evidence,
  isSound,
  type Judgement,
  judge,
  judgeNewcomer,
  reckon,
  type Status,
} from '../../scripts/month/reckoning.ts';

const DEAD: Fate = { kind: 'dead', from: 3, listed: false };
const OFF: Fate = { kind: 'off', from: 3, to: 20, speaks: false };
const BLOCKS: Fate = { kind: 'blocks', from: 3 };
const LEAVES: Fate = { kind: 'leaves', on: 3, words: 'please stop texting me' };
const GOOD: Fate = { kind: 'good' };
const reassigned = (holder: 'stops' | 'wrong-number' | 'joins' | 'silent'): Fate => ({
  ...{ kind: 'reassigned', on: 3, listed: false, known: true },
  holder,
});
const failed = (failedDays: number): Partial<Evidence> => ({ failedDays, heldDays: failedDays });
const NOTHING: Evidence = { failedDays: 0, heldDays: 0, reached: false, told: false };

describe('the evaluation of a simulated month', () => {
  const rows: [fate: Fate, status: Status, shown: Partial<Evidence>, judgement: Judgement][] = [
    [DEAD, 'ended gone', failed(1), 'found'],
    [DEAD, 'ended deactivated', {}, 'found'],
    [DEAD, 'active', failed(1), 'missed'],
    [DEAD, 'active', {}, 'unseen'],
    [{ kind: 'landline', from: 3 }, 'ended not-mobile', failed(1), 'found'],
    [BLOCKS, 'active', failed(2), 'unseen'],
    [BLOCKS, 'active', failed(3), 'missed'],
    [BLOCKS, 'active', { failedDays: 4, heldDays: 2 }, 'unseen'],
    [BLOCKS, 'suppressed', failed(3), 'found'],
    [OFF, 'active', failed(4), 'kept'],
    [OFF, 'suppressed', failed(3), 'waiting'],
    [OFF, 'suppressed', failed(2), 'wrong'],
    [OFF, 'ended gone', failed(3), 'wrong'],
    [reassigned('joins'), 'active', {}, 'kept'],
    [reassigned('joins'), 'ended reassigned', {}, 'found'],
    [reassigned('stops'), 'opted-out', {}, 'found'],
    [reassigned('silent'), 'active', {}, 'unseen'],
    [reassigned('silent'), 'active', { reached: true }, 'unseen'],
    [reassigned('silent'), 'active', { told: true }, 'missed'],
    [reassigned('wrong-number'), 'active', {}, 'unseen'],
    [reassigned('wrong-number'), 'active', { told: true }, 'missed'],
    [reassigned('wrong-number'), 'active', { reached: true }, 'missed'],
    [reassigned('stops'), 'active', { reached: true }, 'missed'],
    [reassigned('joins'), 'unconfirmed', {}, 'missed'],
    [LEAVES, 'opted-out', {}, 'found'],
    [LEAVES, 'held', {}, 'found'],
    [LEAVES, 'active', {}, 'missed'],
    [GOOD, 'active', {}, 'kept'],
    [GOOD, 'ended lapsed', {}, 'aged'],
    [GOOD, 'suppressed', failed(3), 'wrong'],
    [GOOD, 'ended gone', failed(1), 'wrong'],
    [GOOD, 'opted-out', {}, 'wrong'],
    [{ kind: 'ported', on: 3 }, 'suppressed', failed(1), 'wrong'],
    [{ kind: 'asks', on: 3, words: 'when do you open' }, 'held', {}, 'wrong'],
    [{ kind: 'twin', of: 3 }, 'active', {}, 'kept'],
  ];
  for (const [fate, status, shown, judgement] of rows) {
    const who = 'holder' in fate ? `${fate.kind}, ${fate.holder}` : fate.kind;
    it(`says ${judgement} of ${who} that is ${status}, of whom is shown ${JSON.stringify(shown)}`, () => {
      expect(judge({ fate, status, ...NOTHING, ...shown })).to.equal(judgement);
    });
  }

  it('calls a good number wrong that was refused at the entry, and a bad one found', () => {
    expect([judgeNewcomer('good', 'refused'), judgeNewcomer('good', 'unconfirmed')]).to.deep.equal([
      'wrong',
      'unseen',
    ]);
    expect([judgeNewcomer('typo', 'refused'), judgeNewcomer('landline', 'active')]).to.deep.equal([
      'found',
      'missed',
    ]);
  });

  it('counts by group, and over all what must not happen', () => {
    const { rows: groups, ...sum } = reckon([
      { group: 'good', judgement: 'kept' },
      { group: 'good', judgement: 'wrong' },
      { group: 'leaves', judgement: 'missed' },
      { group: 'dead', judgement: 'missed' },
      { group: 'dead', judgement: 'found' },
      { group: 'blocks', judgement: 'unseen' },
      { group: 'new, typo', judgement: 'missed' },
    ]);
    expect(groups.map(({ group, people }) => [group, people])).to.deep.equal([
      ['good', 2],
      ['dead', 2],
      ['blocks', 1],
      ['leaves', 1],
      ['new, typo', 1],
    ]);
    expect(groups[0]?.counts).to.include({ kept: 1, wrong: 1, missed: 0 });
    expect(sum).to.deep.equal({ wrong: 1, ignored: 1, bad: 3, found: 1, missed: 2 });
  });

  it('is sound when nothing is wrong, ignored or missed, and some of many bad numbers were found', () => {
    const sound = { rows: [], wrong: 0, ignored: 0, bad: 20, found: 8, missed: 0 };
    const others = [{ wrong: 1 }, { ignored: 1 }, { missed: 1 }, { found: 0 }];
    expect([isSound(sound), isSound({ ...sound, bad: 9, found: 0 })]).to.deep.equal([true, true]);
    expect(others.map((other) => isSound({ ...sound, ...other }))).to.deep.equal(others.map(() => false));
  });
});
