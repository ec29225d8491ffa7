import { expect } from 'chai';
import { type AskedAbout, type Unnoted, unnoted } from '../../../src/domain/campaigns/unnoted.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (hour: number): Date => new Date(NOW.getTime() + hour * 3_600_000);

describe('whether it is known who got a campaign that a segment asks about', () => {
  const table: [what: string, of: Partial<AskedAbout>, why: Unnoted | null][] = [
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
    ['one that asks back and comes first', { state: 'sending', asksBack: true, startAt: at(-2) }, 'flies'],
    ['one that asks back and comes later', { state: 'sending', asksBack: true, startAt: at(0) }, null],
    ['one that asks back, of the same moment, before it by id', { asksBack: true, id: 'a' }, 'flies'],
    ['one that asks back, of the same moment, behind it by id', { asksBack: true, id: 'z' }, null],
    [
      'one that asks back and comes later, and has begun',
      { state: 'sending', asksBack: true, begun: true, startAt: at(0) },
      'flies',
    ],
  ];
  for (const [what, of, why] of table) {
    it(`${what}: ${why ?? 'it is'}`, () => {
      const asked: AskedAbout = {
        ...{ id: 'spring', state: 'scheduled', startAt: at(-1), begun: false, passes: 0, asksBack: false },
        ...of,
      };
      expect(unnoted(asked, { id: 'rest', startAt: at(-1) }, NOW)).to.equal(why);
    });
  }
});
