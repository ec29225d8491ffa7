import { expect } from 'chai';
import { EMPTY_PROFILE, type PostalPlace } from '../../../src/domain/contacts/profile.ts';
import { mayTextAt } from '../../../src/domain/hours/permitted-hours.ts';
import { HOURS_VERSION } from '../../../src/domain/hours/state-hours.ts';
import { type Whereabouts, zonesOfPerson } from '../../../src/domain/hours/zones-of-person.ts';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/lanes.ts';

const TOLL_FREE = '+18005550123';
const person = (place: Partial<PostalPlace>, e164: string): Whereabouts =>
  zonesOfPerson({ ...EMPTY_PROFILE.place, ...place }, e164);
const HOUSTON = person({ zip: '77002' }, '+17135550123');
const MINUTE = 60_000;

/** What comes out, in one line: until when, or from when and by whom. */
function answer(where: Whereabouts, now: string, spareMs = 0): string {
  const verdict = mayTextAt('marketing', where, new Date(now), spareMs);
  if (verdict.kind === 'allowed') return `until ${verdict.until?.toISOString()}`;
  const by = `${verdict.by.jurisdiction} ${verdict.by.zone}`;
  return verdict.kind === 'held' ? `from ${verdict.next.toISOString()} by ${by}` : `none by ${by}`;
}

describe('allowed hours of a marketing text', () => {
  const cases: [what: string, where: Whereabouts, now: string, expected: string][] = [
    [
      'waits for noon on a Sunday in Texas',
      HOUSTON,
      '2026-11-22T17:59:59.999Z',
      'from 2026-11-22T18:00:00.000Z by TX America/Chicago',
    ],
    ['goes at noon on a Sunday in Texas', HOUSTON, '2026-11-22T18:00:00Z', 'until 2026-11-23T03:00:00.000Z'],
    [
      'waits past a Sunday and a holiday in Louisiana',
      person({ zip: '70112' }, '+15045550123'),
      // Independence Day, a Saturday, is kept on the Friday before it too.
      '2026-07-03T15:00:00Z',
      'from 2026-07-06T13:00:00.000Z by LA America/Chicago',
    ],
    [
      'waits over the weekend in Maine',
      person({ state: 'ME' }, '+12075550123'),
      '2026-11-20T22:00:00Z',
      'from 2026-11-23T14:00:00.000Z by ME America/New_York',
    ],
    [
      'goes by Central time in Mississippi, wherever the phone is',
      person({ state: 'MS', zone: 'America/New_York' }, '+16015550123'),
      // 8:30 in New York, 7:30 in Jackson.
      '2026-11-18T13:30:00Z',
      'from 2026-11-18T14:00:00.000Z by federal America/Chicago',
    ],
    [
      'keeps to Texas and New York for a number of one and a ZIP of the other',
      person({ zip: '77002' }, '+12125550123'),
      '2026-11-18T14:00:00Z',
      'from 2026-11-18T15:00:00.000Z by TX America/Chicago',
    ],
    [
      'keeps to the clock of a ZIP in the evening, whatever zone was declared',
      person({ zone: 'America/Los_Angeles', zip: '77002' }, '+12135550123'),
      // 19:30 in Los Angeles, 21:30 in Houston.
      '2026-11-19T03:30:00Z',
      'from 2026-11-19T17:00:00.000Z by TX America/Los_Angeles',
    ],
    [
      'keeps to a declared zone in the morning, whatever the ZIP',
      person({ zone: 'America/Los_Angeles', zip: '77002' }, '+12135550123'),
      '2026-11-18T16:00:00Z',
      'from 2026-11-18T17:00:00.000Z by TX America/Los_Angeles',
    ],
    [
      'goes by the declared zone alone where the ZIP has it too',
      person({ zone: 'US/Central', zip: '32401' }, TOLL_FREE),
      // 19:30 in Panama City; 20:30 in the east of Florida, after its hours.
      '2026-11-19T01:30:00Z',
      'until 2026-11-19T02:00:00.000Z',
    ],
    [
      'keeps to the clocks of a state, whatever zone was declared',
      person({ zone: 'America/Los_Angeles', state: 'FL' }, TOLL_FREE),
      '2026-11-19T01:30:00Z',
      'from 2026-11-19T16:00:00.000Z by federal America/Los_Angeles',
    ],
    [
      'keeps to the strictest of all, where nothing is known',
      person({}, TOLL_FREE),
      '2026-11-18T15:00:00Z',
      'from 2026-11-18T20:00:00.000Z by unknown-state America/Adak',
    ],
    [
      'ends by the first zone, where nothing is known',
      person({}, TOLL_FREE),
      '2026-11-18T20:30:00Z',
      'until 2026-11-18T21:00:00.000Z',
    ],
    [
      'never goes where zones and rules leave no hour',
      { ...HOUSTON, zones: ['Asia/Tokyo', 'America/New_York'], jurisdictions: ['unknown-state'] },
      '2026-11-18T15:00:00Z',
      'none by unknown-state Asia/Tokyo',
    ],
    [
      'waits for the new hour after clocks go forward',
      person({ zip: '98101' }, '+12065550123'),
      '2026-03-08T05:00:00Z',
      'from 2026-03-08T15:00:00.000Z by federal America/Los_Angeles',
    ],
    [
      'waits for the new hour after clocks go back',
      person({ zip: '98101' }, '+12065550123'),
      '2026-11-01T05:00:00Z',
      'from 2026-11-01T16:00:00.000Z by federal America/Los_Angeles',
    ],
    [
      'does not follow daylight time in Arizona',
      person({ zip: '85001' }, '+16025550123'),
      '2026-07-15T14:59:59Z',
      'from 2026-07-15T15:00:00.000Z by federal America/Phoenix',
    ],
    [
      'goes from 9 to 21:30 on a weekday in Toronto',
      person({ country: 'CA', zip: 'M5V 2T6' }, '+14165550123'),
      '2026-11-18T14:00:00Z',
      'until 2026-11-19T02:30:00.000Z',
    ],
  ];
  for (const [what, where, now, expected] of cases) {
    it(`${what}`, () => {
      expect(answer(where, now)).to.equal(expected);
    });
  }

  it('name the rule, its source and the version of the table', () => {
    const verdict = mayTextAt('marketing', HOUSTON, new Date('2026-11-22T17:00:00Z'));
    expect(verdict.kind === 'held' && verdict.by).to.deep.equal({
      jurisdiction: 'TX',
      zone: 'America/Chicago',
      source: 'Tex. Bus. & Com. Code 301.051 (SB 140)',
      version: HOURS_VERSION,
    });
  });

  it('keep a margin before their end on request', () => {
    const spare = 15 * MINUTE;
    expect(answer(HOUSTON, '2026-11-19T02:44:59.999Z', spare)).to.equal('until 2026-11-19T03:00:00.000Z');
    expect(answer(HOUSTON, '2026-11-19T02:45:00Z', spare)).to.match(/^from 2026-11-19T15:00/);
  });

  it('apply to no other class of message', () => {
    const night = new Date('2026-11-22T09:00:00Z');
    for (const of of MESSAGE_CLASSES) {
      const { kind } = mayTextAt(of, HOUSTON, night);
      expect(kind, of).to.equal(of === 'marketing' ? 'held' : 'allowed');
    }
  });

  it('fail rather than allow where no rule would apply', () => {
    const now = new Date('2026-11-18T18:00:00Z');
    expect(() => mayTextAt('marketing', { ...HOUSTON, zones: [] }, now)).to.throw(RangeError);
    expect(() => mayTextAt('marketing', { ...HOUSTON, jurisdictions: [] }, now)).to.throw(RangeError);
  });
});
