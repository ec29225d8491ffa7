import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Local } from '../../../src/domain/campaigns/schedule.ts';
import { dueAt, localZones } from '../../../src/domain/campaigns/schedule.ts';
import { EMPTY_PROFILE, type PostalPlace } from '../../../src/domain/contacts/profile.ts';
import { zonesOfPerson } from '../../../src/domain/hours/zones-of-person.ts';

const START = new Date('2026-12-01T15:00:00Z');
const ZONE = 'America/New_York';
const HOUR = 3_600_000;
const digest = (n: number): string =>
  createHash('sha256').update(`campaign ${n}`).digest('base64url').slice(0, 24);
const at = (local: Partial<Local>): Local => ({ date: '2026-12-01', minutes: 600, missed: 'skip', ...local });
const person = (place: Partial<PostalPlace>, number = '+12125550100') => ({
  where: zonesOfPerson({ ...EMPTY_PROFILE.place, ...place }, number),
  digest: digest(1),
});
const TOLL_FREE = '+18005550100';

describe('due time of one message', () => {
  const morning = { local: at({}), spreadMs: 0 };
  const EARLY = new Date('2026-11-30T00:00:00Z');

  const hours: [what: string, place: Partial<PostalPlace>, number: string, utc: string][] = [
    [
      'their zone was declared',
      { country: 'US', state: 'CA', zone: 'America/Los_Angeles' },
      '+12125550100',
      '18:00',
    ],
    [
      'their ZIP leaves one zone, whatever their number',
      { country: 'US', zip: '60601' },
      '+12125550100',
      '16:00',
    ],
    ['their number alone tells', {}, '+13125550100', '16:00'],
    [
      'their state has two zones: it has come in both',
      { country: 'US', state: 'TN' },
      '+16155550100',
      '16:00',
    ],
    ['nothing tells: the zone of the program', {}, TOLL_FREE, '15:00'],
    [
      'they are far: nobody is before Kiritimati',
      { country: 'KI', zone: 'Pacific/Kiritimati' },
      '+12125550100',
      '20:00',
    ],
  ];
  for (const [what, place, number, utc] of hours) {
    it(`is ten in the morning where ${what}`, () => {
      const due = dueAt(morning, START, person(place, number), ZONE, EARLY);
      expect([due.at.toISOString().slice(11, 16), due.missed]).to.deep.equal([utc, false]);
    });
  }

  it('uses the declared time zone, not the zone of the phone number', () => {
    const { where } = person({ country: 'US', state: 'HI', zone: 'Pacific/Honolulu' });
    expect(localZones(where, ZONE)).to.deep.equal(['Pacific/Honolulu']);
    const moved = person({ country: 'US', zip: '77002', zone: 'Pacific/Honolulu' }).where;
    expect(moved.confidence, 'their address says otherwise').to.equal('weak');
    expect(localZones(moved, ZONE)).to.deep.equal(['Pacific/Honolulu']);
  });

  const east = person({ country: 'US', state: 'NY', zip: '10001', zone: ZONE });
  const clocks: [what: string, local: Partial<Local>, at: string][] = [
    [
      'a time that is never shown: the first moment after the gap',
      { date: '2027-03-14', minutes: 150 },
      '2027-03-14T07:00:00.000Z',
    ],
    [
      'a time that is shown twice: the first',
      { date: '2026-11-01', minutes: 90 },
      '2026-11-01T05:30:00.000Z',
    ],
  ];
  for (const [what, local, moment] of clocks) {
    it(`handles ${what}`, () => {
      const due = dueAt({ local: at(local), spreadMs: 0 }, START, east, ZONE, new Date(0));
      expect(due.at.toISOString()).to.equal(moment);
    });
  }

  it('skips a person whose local time passed more than 15 minutes ago, or sends at once, as the campaign says', () => {
    const late = (minutes: number, missed: Local['missed']) =>
      dueAt(
        { local: at({ missed }), spreadMs: 0 },
        START,
        east,
        ZONE,
        new Date(START.getTime() + minutes * 60_000),
      );
    expect(late(15, 'skip').missed).to.equal(false);
    expect(late(16, 'skip').missed).to.equal(true);
    expect(late(16, 'send')).to.deep.equal({ at: START, missed: false });
  });

  it('is the same each time it is planned', () => {
    const spread = { local: null, spreadMs: 6 * HOUR };
    for (const later of [0, 1, 5000])
      expect(dueAt(spread, START, east, ZONE, new Date(START.getTime() + later))).to.deep.equal(
        dueAt(spread, START, east, ZONE, START),
      );
  });

  it('spreads people evenly over the hours, independent of the first bits of their digest', () => {
    const counts = new Array<number>(12).fill(0);
    let together = 0;
    for (let n = 0; n < 6000; n++) {
      const hash = digest(n);
      const due = dueAt({ local: null, spreadMs: 12 * HOUR }, START, { ...east, digest: hash }, ZONE, START);
      const hour = Math.floor((due.at.getTime() - START.getTime()) / HOUR);
      counts[hour] = (counts[hour] ?? 0) + 1;
      const first = (Buffer.from(hash, 'base64url')[0] ?? 0) < 128;
      if (first === hour < 6) together += 1;
    }
    // Of 500 each, five standard deviations are 107; of 3000, 194.
    for (const count of counts) expect(count).to.be.within(393, 607);
    expect(together).to.be.within(2806, 3194);
  });

  it('spreads messages from the local time on', () => {
    const due = dueAt({ local: at({}), spreadMs: HOUR }, START, east, ZONE, EARLY);
    expect(due.at.getTime() - START.getTime()).to.be.within(1, HOUR - 1);
  });
});
