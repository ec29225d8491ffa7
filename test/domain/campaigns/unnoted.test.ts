import { expect } from 'chai';
import {
  circularWaitSentence,
  findCircularWait,
  type NamedCampaign,
  type SendHistoryGap,
  type SendHistoryQuestion,
  sendHistoryGap,
} from '../../../src/domain/campaigns/send-history.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (hour: number): Date => new Date(NOW.getTime() + hour * 3_600_000);

describe('knowledge of who got a campaign that a segment asks about', () => {
  const table: [
    what: string,
    of: Partial<NamedCampaign>,
    why: SendHistoryGap | 'by-rows' | null,
    asking?: Partial<SendHistoryQuestion>,
  ][] = [
    ['a draft', { state: 'draft', startAt: null }, null],
    ['one whose time has not come', { startAt: at(1) }, null],
    ['one whose time has come', { startAt: NOW }, 'flies'],
    ['one that has begun, at whatever time', { startAt: at(1), begun: true }, 'flies'],
    ['one that is taken up', { state: 'sending' }, 'flies'],
    ['one that is being sent', { state: 'sending', begun: true }, 'flies'],
    ['one that was paused before it began', { state: 'paused' }, null],
    ['one that is paused half-way', { state: 'paused', begun: true }, 'paused'],
    ['one that was canceled a moment ago', { state: 'canceled', begun: true }, 'to-be-noted'],
    ['one that has finished a moment ago', { state: 'finished', begun: true }, 'to-be-noted'],
    ['one that was canceled, and noted', { state: 'canceled', begun: true, passes: 1 }, null],
    ['one that was noted for the last time', { state: 'finished', begun: true, passes: 4 }, null],
    ['an earlier run of its own recurrence', { state: 'sending', isSibling: true, id: 'a' }, 'flies'],
    ['a later run of its own recurrence', { state: 'sending', isSibling: true, id: 'z' }, null],
    [
      'a later run of its own recurrence that has begun',
      { state: 'sending', isSibling: true, id: 'z', begun: true },
      'flies',
    ],
    [
      'one that has not begun, for one that has',
      { state: 'sending', startAt: at(-2) },
      'flies',
      { begun: true },
    ],
    [
      'an earlier run of its own recurrence that has not begun, for one that has',
      { state: 'sending', isSibling: true, id: 'a' },
      null,
      { begun: true },
    ],
    [
      'an earlier run of its own recurrence, where both have begun',
      { state: 'sending', isSibling: true, begun: true, id: 'a' },
      'flies',
      { begun: true },
    ],
    [
      'a later run of its own recurrence, where both have begun',
      { state: 'sending', isSibling: true, begun: true, id: 'z' },
      null,
      { begun: true },
    ],
    [
      'a run of its own recurrence that is paused half-way, for one that has begun',
      { state: 'paused', isSibling: true, begun: true, id: 'z' },
      'paused',
      { begun: true },
    ],
    [
      'one that is only left out, and planned whole',
      { state: 'sending', begun: true, planned: true, leftOut: true },
      'by-rows',
    ],
    [
      'one that is not only left out, and planned whole',
      { state: 'sending', begun: true, planned: true },
      'flies',
    ],
    [
      'one that is only left out, and still planned',
      { state: 'sending', begun: true, leftOut: true },
      'flies',
    ],
    [
      'one that is only left out, and paused before its deadline',
      { state: 'paused', begun: true, planned: true, leftOut: true, deadline: at(1) },
      'paused',
    ],
    [
      'one that is only left out, and paused past its deadline',
      { state: 'paused', begun: true, leftOut: true, deadline: NOW },
      'by-rows',
    ],
    [
      'one that is not only left out, and paused past its deadline',
      { state: 'paused', begun: true, planned: true, deadline: NOW },
      'paused',
    ],
    [
      'a later run of its own recurrence that is only left out, where both have begun',
      { state: 'sending', begun: true, isSibling: true, leftOut: true, id: 'z' },
      'by-rows',
      { begun: true },
    ],
    [
      'one that is only left out, and noted for the first time',
      { state: 'finished', begun: true, planned: true, leftOut: true },
      'to-be-noted',
    ],
  ];
  for (const [what, of, why, by = {}] of table) {
    it(`is ${why === null ? 'complete' : `incomplete (${why})`}: ${what}`, () => {
      const asked: NamedCampaign = {
        ...{
          id: 'spring',
          state: 'scheduled',
          startAt: at(-1),
          deadline: null,
          begun: false,
          planned: false,
        },
        ...{ passes: 0, isSibling: false, leftOut: false },
        ...of,
      };
      expect(sendHistoryGap(asked, { id: 'rest', begun: false, ...by }, NOW)).to.equal(why);
    });
  }
});

describe('circle of campaigns that wait for each other', () => {
  const underWay = [
    { id: 'b', asks: ['c'] },
    { id: 'c', asks: ['a', 'b'] },
    { id: 'weekly', asks: ['a'] },
    { id: 'weekly.2612021500', asks: ['a'] },
    { id: 'daily.2612021500', asks: ['daily'] },
  ];
  const table: [what: string, one: string, asks: string[], ring: string | null][] = [
    ['by one it asks about', 'a', ['c'], 'c'],
    ['by one of one it asks about', 'a', ['b'], 'b'],
    ['by a recurrence it asks about', 'a', ['weekly'], 'weekly'],
    ['by a run it asks about', 'a', ['weekly.2612021500'], 'weekly.2612021500'],
    ['not, by those that go round without it', 'x', ['b'], null],
    ['not, by one that is not under way', 'a', ['y'], null],
    ['not, by itself', 'a', ['a'], null],
    ['not, by runs of its own', 'daily', ['daily'], null],
  ];
  for (const [what, id, asks, ring] of table) {
    it(`is ${ring === null ? 'none' : 'found'}: ${what}`, () =>
      expect(findCircularWait({ id, asks }, underWay)).to.equal(ring));
  }

  it('is explained with the next step', () => {
    expect(circularWaitSentence('spring')).to.equal(
      'Its segment asks who got "spring", and "spring", which has not ended, asks who got this campaign, so each would wait for the other. Start it once "spring" has ended, or remove that clause from its segment.',
    );
  });
});
