import { expect } from 'chai';
import {
  type AskedAbout,
  type Asking,
  asksAbout,
  type Unnoted,
  unnoted,
} from '../../../src/domain/campaigns/unnoted.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (hour: number): Date => new Date(NOW.getTime() + hour * 3_600_000);

describe('whether it is known who got a campaign that a segment asks about', () => {
  const table: [
    what: string,
    of: Partial<AskedAbout>,
    why: Unnoted | 'by-rows' | null,
    asking?: Partial<Asking>,
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
    ['one that asks back and comes first', { state: 'sending', asksBack: true, startAt: at(-2) }, 'flies'],
    ['one that asks back and comes later', { state: 'sending', asksBack: true, startAt: at(0) }, null],
    ['one that asks back, of the same moment, before it by id', { asksBack: true, id: 'a' }, 'flies'],
    ['one that asks back, of the same moment, behind it by id', { asksBack: true, id: 'z' }, null],
    [
      'one that asks back and comes later, and has begun',
      { state: 'sending', asksBack: true, begun: true, startAt: at(0) },
      'flies',
    ],
    [
      'one that has not begun and does not ask back, for one that has begun',
      { state: 'sending', startAt: at(-2) },
      'flies',
      { begun: true },
    ],
    [
      'one that asks back and comes first, and has not begun, for one that has',
      { state: 'sending', asksBack: true, startAt: at(-2) },
      null,
      { begun: true },
    ],
    [
      'one that asks back and comes first, where both have begun',
      { state: 'sending', asksBack: true, begun: true, startAt: at(-2) },
      'flies',
      { begun: true },
    ],
    [
      'one that asks back and comes later, where both have begun',
      { state: 'sending', asksBack: true, begun: true, startAt: at(0) },
      null,
      { begun: true },
    ],
    [
      'one that asks back and is paused half-way, for one that has begun',
      { state: 'paused', asksBack: true, begun: true, startAt: at(0) },
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
      'one that is only left out, asks back, comes later, and has begun, as the other has',
      { state: 'sending', begun: true, asksBack: true, leftOut: true, startAt: at(0) },
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
    it(`${what}: ${why ?? 'it is'}`, () => {
      const asked: AskedAbout = {
        ...{
          id: 'spring',
          state: 'scheduled',
          startAt: at(-1),
          deadline: null,
          begun: false,
          planned: false,
        },
        ...{ passes: 0, asksBack: false, leftOut: false },
        ...of,
      };
      expect(unnoted(asked, { id: 'rest', startAt: at(-1), begun: false, ...by }, NOW)).to.equal(why);
    });
  }

  it('never not at all: of those in a ring, whichever have begun, none waits round it', () => {
    const ids = ['a', 'b', 'c'];
    for (const [begun, startsAt] of product([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7])) {
      const ring = ids.map((id, bit) => ({
        ...{ id, begun: ((begun >> bit) & 1) === 1, startAt: at(((startsAt >> bit) & 1) - 2) },
        ...{ state: 'sending' as const, passes: 0, asksBack: true, deadline: null },
        ...{ planned: false, leftOut: false },
      }));
      const waits = ring.map((one, place) => unnoted(ring[(place + 1) % 3] ?? one, one, NOW) !== null);
      expect(waits, `begun ${begun}, starts ${startsAt}`).to.include(false);
    }
  });
});

const product = (one: number[], other: number[]): [number, number][] =>
  one.flatMap((a) => other.map((b): [number, number] => [a, b]));

describe('whether a campaign asks about another', () => {
  const underWay = [
    { id: 'b', asks: ['c'] },
    { id: 'c', asks: ['a', 'b'] },
    { id: 'daily.2612021500', asks: ['daily'] },
  ];
  const table: [what: string, one: string, asks: string[], other: string, does: boolean][] = [
    ['itself', 'x', ['a'], 'a', true],
    ['by one it asks about', 'x', ['c'], 'a', true],
    ['by one of one it asks about', 'x', ['b'], 'a', true],
    ['by the recurrence of a run', 'daily.2612021500', ['daily'], 'daily.2612031500', true],
    ['not, by those that go round without it', 'x', ['b'], 'z', false],
    ['not, by one that is not under way', 'x', ['y'], 'a', false],
  ];
  for (const [what, id, asks, other, does] of table) {
    it(what, () => expect(asksAbout({ id, asks }, other, underWay)).to.equal(does));
  }
});
