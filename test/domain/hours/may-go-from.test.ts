import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { mayGoFrom } from '../../../src/domain/hours/permitted-hours.ts';
import { type Whereabouts, zonesOfPerson } from '../../../src/domain/hours/zones-of-person.ts';
import type { MessageClass } from '../../../src/domain/sending/lanes.ts';

const HOUSTON = zonesOfPerson({ ...EMPTY_PROFILE.place, zip: '77002' }, '+17135550123');
const NOWHERE = { ...HOUSTON, zones: ['Asia/Tokyo', 'America/New_York'], jurisdictions: ['unknown-state'] };
const SPARE = 15 * 60_000;
/** Noon on a Sunday in Texas, when hours begin, and an hour before. */
const NOON = '2026-11-22T18:00:00.000Z';
const BEFORE = '2026-11-22T17:00:00.000Z';

describe('earliest time of a message that is due', () => {
  const table: [what: string, of: MessageClass, where: Whereabouts, due: string, at: string][] = [
    ['when its hours begin', 'marketing', HOUSTON, BEFORE, NOON],
    [
      'when it is due, in its hours',
      'marketing',
      HOUSTON,
      '2026-11-22T19:00:00.000Z',
      '2026-11-22T19:00:00.000Z',
    ],
    [
      'the next day, where too little of its hours is left',
      'marketing',
      HOUSTON,
      '2026-11-23T02:50:00.000Z',
      '2026-11-23T15:00:00.000Z',
    ],
    ['when it is due, where no hour suits all zones', 'marketing', NOWHERE, BEFORE, BEFORE],
    ['when it is due, where hours do not bind', 'transactional', HOUSTON, BEFORE, BEFORE],
  ];
  for (const [what, of, where, due, at] of table) {
    it(`is ${what}`, () => {
      expect(mayGoFrom(of, where, new Date(due), SPARE).toISOString()).to.equal(at);
    });
  }
});
