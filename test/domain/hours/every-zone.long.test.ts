import { expect } from 'chai';
import fc from 'fast-check';
import { type HoursVerdict, mayTextAt } from '../../../src/domain/hours/permitted-hours.ts';
import { HOUR_RULES } from '../../../src/domain/hours/state-hours.ts';
import { ANYWHERE } from '../../../src/domain/hours/zone-tables.ts';
import type { Whereabouts } from '../../../src/domain/hours/zones-of-person.ts';
import { ALL_ZONES, changesOf, isOpen } from './wall-clock.ts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;
const HORIZON = 8 * DAY;
const [FIRST, LAST] = [Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1)];
const JURISDICTIONS = [...new Set(HOUR_RULES.map(({ jurisdiction }) => jurisdiction))];
/** Every zone that the tz database has for the US and Canada, and those the tables of places name. */
const zonesIn = (country: string) =>
  (new Intl.Locale(`und-${country}`) as Intl.Locale & { timeZones?: string[] }).timeZones ?? [];
const NORTH_AMERICA = [...new Set([...ANYWHERE.US, ...ANYWHERE.CA, ...zonesIn('US'), ...zonesIn('CA')])];

const where = (zones: string[], jurisdictions: string[]): Whereabouts => ({
  zones,
  home: [],
  states: [],
  jurisdictions,
  source: 'none',
  confidence: 'weak',
});

/** Holds a verdict against the tests' own clock: open or not, until when, and from when. */
function expectTrue({ zones, jurisdictions }: Whereabouts, at: number, verdict: HoursVerdict): void {
  const open = (moment: number) => isOpen(jurisdictions, zones, moment);
  // Asked some hundred thousand times: a sentence is made, and chai called, where something is wrong alone.
  const must = (holds: boolean, what: string): void => {
    if (!holds) expect.fail(`${jurisdictions} in ${zones} at ${new Date(at).toISOString()}: ${what}`);
  };
  must((verdict.kind === 'allowed') === open(at), `it is ${verdict.kind}`);
  if (verdict.kind === 'none') return;
  const border = verdict.kind === 'allowed' ? verdict.until?.getTime() : verdict.next.getTime();
  if (border === undefined) expect.fail('no border');
  must(border >= at + 1 && border <= at + HORIZON, 'the border is not within the horizon');
  must(open(border) === (verdict.kind === 'held'), 'at the border');
  must(open(border - 1) === (verdict.kind === 'allowed'), 'before the border');
}

/** That nothing changes between a moment and another. Hours and clocks change at quarters of an hour alone. */
function expectSteady({ zones, jurisdictions }: Whereabouts, from: number, to: number, open: boolean): void {
  for (let at = Math.ceil(from / QUARTER) * QUARTER; at < to; at += QUARTER) {
    if (isOpen(jurisdictions, zones, at) === open) continue;
    expect.fail(`${jurisdictions} in ${zones}: ${new Date(at).toISOString()} is between`);
  }
}

function expectExact(place: Whereabouts, at: number): HoursVerdict['kind'] {
  const verdict = mayTextAt('marketing', place, new Date(at));
  expectTrue(place, at, verdict);
  if (verdict.kind === 'none') expectSteady(place, at, at + HORIZON, false);
  if (verdict.kind === 'held') expectSteady(place, at, verdict.next.getTime(), false);
  if (verdict.kind === 'allowed') expectSteady(place, at, verdict.until?.getTime() ?? 0, true);
  return verdict.kind;
}

describe('quiet hours around a clock change', () => {
  it('follow the wall clock by the minute, in every zone of the US and Canada for two years', function () {
    this.timeout(240_000);
    let [changes, moments] = [0, 0];
    for (const zone of NORTH_AMERICA) {
      const place = where([zone], ['federal']);
      for (const change of changesOf(zone)) {
        changes += 1;
        for (let minute = -3 * 60; minute <= 10 * 60; minute++) {
          const at = change + minute * MINUTE;
          expectTrue(place, at, mayTextAt('marketing', place, new Date(at)));
          moments += 1;
        }
      }
    }
    expect(changes).to.be.at.least(120);
    expect(moments).to.be.above(100_000);
  });

  it('follow the wall clock in every time zone, exact from hour to hour', function () {
    this.timeout(240_000);
    let changes = 0;
    for (const zone of ALL_ZONES) {
      const place = where([zone], ['federal', 'TX']);
      for (const change of changesOf(zone)) {
        changes += 1;
        expect(change % QUARTER, `${zone} changes at a quarter of an hour`).to.equal(0);
        for (let hour = -26; hour <= 26; hour += 6) expectExact(place, change + hour * 60 * MINUTE - 1);
      }
    }
    expect(changes).to.be.above(500);
  });
});

describe('allowed hours of several zones and jurisdictions', () => {
  const zones = (from: string[]) => fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength: 4 });
  const bound = fc.uniqueArray(fc.constantFrom(...JURISDICTIONS), { minLength: 1, maxLength: 3 });
  const moment = fc.integer({ min: FIRST, max: LAST });
  const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1_000_000);

  it(`are the strictest overlap, exact to the millisecond (ASSENT_SEED=${seed})`, function () {
    this.timeout(240_000);
    const seen = { allowed: 0, held: 0, none: 0 };
    const property = (some: string[], jurisdictions: string[], at: number) => {
      seen[expectExact(where(some, jurisdictions), at)] += 1;
    };
    fc.assert(fc.property(zones(NORTH_AMERICA), bound, moment, property), { numRuns: 1500, seed });
    fc.assert(fc.property(zones(ALL_ZONES), bound, moment, property), { numRuns: 500, seed });
    expect(seen.allowed, 'some were allowed').to.be.above(20);
    expect(seen.held, 'some were held').to.be.above(100);
  });

  it(`exist within eight days for a person whose place is unknown (ASSENT_SEED=${seed})`, () => {
    const unknown = where(ANYWHERE.US, ['federal', 'unknown-state']);
    const property = (at: number) => {
      expect(mayTextAt('marketing', unknown, new Date(at)).kind).to.be.oneOf(['allowed', 'held']);
    };
    fc.assert(fc.property(moment, property), { numRuns: 500, seed });
  });
});
