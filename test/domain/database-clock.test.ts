import { expect } from 'chai';
import { type ClockError, clockErrorBy, NO_ERROR, rightTime } from '../../src/domain/database-clock.ts';

const MINUTE = 60_000;
/** The database's time, and the reading of the own monotonic clock beside it. */
const TRUE = Date.parse('2026-05-04T15:00:00Z');
const OWN = 12_345;

describe('an answer of the database says of the own wall clock', () => {
  /** `off`: ms by which the wall clock is ahead. `trip`: how long the answer took, of which the database read its clock at `share`. */
  type Case = {
    off: number;
    trip: number;
    share?: number;
    still?: number;
    known?: number;
    behind: number | null;
  };
  const table: Record<string, Case> = {
    'that it is right': { off: 0, trip: 1, behind: 0 },
    'nothing, within a second: ahead': { off: 999, trip: 0, behind: 0 },
    'nothing, within a second: behind': { off: -999, trip: 0, behind: 0 },
    'nothing that its round trip explains': { off: 1400, trip: 1000, share: 1, behind: 0 },
    'by how much it is ahead': { off: 5 * MINUTE, trip: 2, behind: -5 * MINUTE },
    'by how much it is behind': { off: -5 * MINUTE, trip: 2, behind: 5 * MINUTE },
    'that as far as it can be known': { off: -5 * MINUTE, trip: 2000, share: 1, behind: 5 * MINUTE + 1000 },
    'nothing where it took too long': { off: -5 * MINUTE, trip: 2001, behind: null },
    'nothing where the clock was set back meanwhile': { off: -5 * MINUTE, trip: -1, behind: null },
    'nothing where the machine was suspended meanwhile': {
      ...{ off: 0, trip: 10 * MINUTE, share: 0, still: 10 * MINUTE, behind: null },
    },
    'nothing where the clock was set by more than a second meanwhile': {
      ...{ off: -5 * MINUTE, trip: 1500, still: 1400, behind: null },
    },
    'the error that is known, where a slow answer agrees with it': {
      ...{ off: -5 * MINUTE, trip: 2000, share: 1, known: 5 * MINUTE, behind: 5 * MINUTE },
    },
    'another error, where it contradicts the known one': {
      ...{ off: -5 * MINUTE, trip: 2, known: 4 * MINUTE, behind: 5 * MINUTE },
    },
  };
  for (const [what, { off, trip, share = 0.5, still = 0, known = 0, behind }] of Object.entries(table)) {
    it(what, () => {
      const asked = TRUE + off - trip * share;
      const own = { sent: OWN - trip + still, received: OWN };
      const reading = { ...own, wallSent: asked, wall: asked + trip, database: TRUE };
      const error = clockErrorBy(reading, { behind: known, lead: 0 });
      if (behind === null) {
        expect(error).to.equal(null);
        return;
      }
      // The database tells whole ms: what it says is up to one old.
      expect(error?.behind).to.be.closeTo(behind, 1);
      expect(error?.lead).to.equal(asked + trip - OWN);
    });
  }
});

describe('the time of a process', () => {
  /** The wall clock `ms` after the look that found it `off` ms ahead, and what it leapt by since; the monotonic one stood still for `still`. */
  const told = (off: number, ms: number, { leap = 0, still = 0 } = {}): number => {
    const error: ClockError =
      off === 0 ? { behind: 0, lead: TRUE - OWN } : { behind: -off, lead: TRUE + off - OWN };
    return rightTime(TRUE + off + ms + leap, OWN + ms - still, error) - TRUE;
  };
  const second = 1000;
  const table: [what: string, is: number, told: number][] = [
    ['is the wall clock’s where that is right', told(0, second), second],
    ['is the database’s where the own is behind', told(-5 * MINUTE, second), second],
    ['is the database’s where the own is ahead', told(5 * MINUTE, second), second],
    [
      'is right at once where one that was behind is set',
      told(-5 * MINUTE, second, { leap: 5 * MINUTE }),
      second,
    ],
    [
      'is right at once where one that was ahead is set',
      told(5 * MINUTE, second, { leap: -5 * MINUTE }),
      second,
    ],
    ['goes on through a suspension', told(0, MINUTE, { still: 40 * second }), MINUTE],
    [
      'goes on through a suspension with a wrong clock',
      told(-5 * MINUTE, MINUTE, { still: 40 * second }),
      MINUTE,
    ],
    [
      'follows the wall clock to a wrong time until the next look',
      told(0, second, { leap: MINUTE }),
      MINUTE + second,
    ],
  ];
  for (const [what, is, wanted] of table) {
    it(what, () => expect(is).to.be.closeTo(wanted, 1));
  }

  it('is the wall clock’s where nobody has looked', () => {
    expect(rightTime(TRUE, OWN, NO_ERROR)).to.equal(TRUE);
  });
});
