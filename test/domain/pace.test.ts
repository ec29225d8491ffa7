import { expect } from 'chai';
import fc from 'fast-check';
import { mostInSecond } from '../../scripts/bench/pacing/pacing.ts';
import { boundClock, type ClockBounds, offBy, UNKNOWN_CLOCK } from '../../src/domain/database-clock.ts';
import { decideSlot, spacingOf } from '../../src/domain/sending/slot-timing.ts';

/** A process's clock, and by how much its bounds of the database's clock miss the truth. */
const clocks = fc.record({
  skew: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  below: fc.double({ min: 0, max: 1.4, noNaN: true }),
  above: fc.double({ min: 0, max: 1.4, noNaN: true }),
});

describe('sending slots', () => {
  it('never let more than the rate into any second, however late each process is', () => {
    const property = fc.property(
      fc.constantFrom(1, 2, 3, 10, 97, 100, 1000),
      fc.array(clocks, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.record({ who: fc.nat(3), slots: fc.integer({ min: 1, max: 60 }) })),
      fc.infiniteStream(fc.constantFrom(0, 0, 0, 0, 0.3, 1.5, 4.1, 5.4, 6.89, 9, 47, 300)),
      (rate, processes, draws, delays) => {
        const spacing = spacingOf(rate);
        const moments: number[] = [];
        for (let begin = 1e12; begin < 1e12 + 3000 + 2 * spacing; ) {
          const { who, slots } = draws.next().value;
          const { skew, below, above } = processes[who % processes.length] as (typeof processes)[number];
          const clock = { least: skew - below, most: skew + above, at: 0 };
          const run = { next: begin, end: begin + slots * spacing, spacing };
          begin = run.end;
          for (let now = run.next - skew; ; ) {
            const turn = decideSlot(run, clock, 1, now);
            if (turn.kind === 'over') break;
            if (turn.kind === 'early') now += turn.ms + delays.next().value;
            else {
              expect(now + skew).to.be.at.least(run.next - 0.001);
              run.next = turn.next;
              moments.push(now + skew - 1e12);
              now += delays.next().value;
            }
          }
        }
        expect(moments.length).to.be.greaterThan(0);
        expect(mostInSecond(moments)).to.be.at.most(rate);
      },
    );
    fc.assert(property, { numRuns: 80 });
  });

  it('cost 0.7 per cent of the rate', () => {
    for (const rate of [1, 3, 10, 100, 1000]) expect(1000 / spacingOf(rate) / rate).to.be.within(0.993, 1);
  });

  it('refuse a rate that is not a positive number', () => {
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => spacingOf(rate)).to.throw(RangeError);
    }
  });
});

describe('reserved slot', () => {
  const clock: ClockBounds = { least: -100, most: -99, at: 0 };
  const run = { next: 0, end: 100, spacing: 10 };

  const cases: [what: string, next: number, parts: number, now: number, turn: object][] = [
    ['is early before its slot', 30, 1, 120, { kind: 'early', ms: 10 }],
    ['comes with its slot', 30, 1, 130, { kind: 'go', next: 40 }],
    ['takes as many slots as there are parts', 30, 4, 130, { kind: 'go', next: 70 }],
    ['leaves the slots where they are while it is a little late', 30, 1, 135.8, { kind: 'go', next: 40 }],
    ['shifts the slots behind it where it is later', 30, 1, 160.9, { kind: 'go', next: 65 }],
    ['may take what is left', 60, 4, 160, { kind: 'go', next: 100 }],
    ['is over where too few slots are left', 60, 5, 160, { kind: 'over' }],
    ['is over at once, not when the time has come', 60, 5, 0, { kind: 'over' }],
    ['is over where a shift would push it out of the run', 60, 4, 168, { kind: 'over' }],
    ['is over when the run is', 0, 1, 300, { kind: 'over' }],
  ];
  for (const [what, next, parts, now, turn] of cases) {
    it(`${what}`, () => {
      expect(decideSlot({ ...run, next }, clock, parts, now)).to.deep.equal(turn);
    });
  }

  it('comes in time when the database is far away and its clock hardly known', () => {
    const far: ClockBounds = { least: -180, most: -100, at: 0 };
    for (const now of [210, 211]) {
      expect(decideSlot({ ...run, next: 30 }, far, 1, now)).to.deep.equal({ kind: 'go', next: 40 });
    }
  });
});

describe('bounds of the database clock', () => {
  it('contain the true time after any answers and get no wider than the best of them', () => {
    const answers = fc.array(
      fc.record({
        gap: fc.nat(400),
        out: fc.nat(300),
        back: fc.nat(300),
        phase: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(answers, fc.integer({ min: -2_000_000, max: 2_000_000 }), (list, skew) => {
        let known = UNKNOWN_CLOCK;
        let own = 1000;
        let narrowest = Number.POSITIVE_INFINITY;
        for (const { gap, out, back, phase } of list) {
          const sent = own + gap + phase;
          const database = Math.floor(sent + out / 100 + skew);
          own = sent + (out + back) / 100;
          known = boundClock(known, { sent, received: own, database });
          narrowest = Math.min(narrowest, (out + back) / 100 + 1);
        }
        expect(known.least).to.be.at.most(skew + 1e-6);
        expect(known.most).to.be.at.least(skew - 1e-6);
        expect(known.most - known.least).to.be.at.most(narrowest + 13);
      }),
    );
  });

  it('follow a stepped clock at once', () => {
    const before = boundClock(UNKNOWN_CLOCK, { sent: 0, received: 1, database: 5000 });
    for (const step of [-3_600_000, -50, 50, 3_600_000]) {
      const after = boundClock(before, { sent: 10, received: 11, database: 5010 + step });
      expect([after.least, after.most]).to.deep.equal([4999 + step, 5001 + step]);
    }
  });

  it('tell the least error of a wall clock, and nothing before the first answer', () => {
    const bounds = boundClock(UNKNOWN_CLOCK, { sent: 0, received: 4, database: 5000 });
    const table: [wall: number, own: number, off: number][] = [
      [5010, 10, 0],
      [5006, 10, 0],
      [5011, 10, 0],
      [5100, 10, 89],
      [4900, 10, -106],
      // Within a day two clocks may have drifted 43 s apart.
      [86_400_000 + 45_000, 86_400_000, 0],
      [86_400_000 + 105_000, 86_400_000, 56_799],
    ];
    for (const [wall, own, off] of table)
      expect(Math.round(offBy(wall, own, bounds)), `${wall} at ${own}`).to.equal(off);
    expect(offBy(0, 10, UNKNOWN_CLOCK)).to.equal(0);
  });

  it('widen with time, since clocks drift', () => {
    const first = boundClock(UNKNOWN_CLOCK, { sent: 0, received: 1, database: 5000 });
    const later = boundClock(first, { sent: 60_000, received: 60_100, database: 65_050 });
    expect(later.least).to.be.within(first.least - 31, first.least - 29);
    expect(later.most).to.be.within(first.most + 29, first.most + 31);
  });
});
