import { expect } from 'chai';
import { EMPTY_PROFILE, type PostalPlace } from '../../../src/domain/contacts/profile.ts';
import {
  ANYWHERE,
  regionOfAreaCode,
  regionOfZip,
  zonesOfState,
} from '../../../src/domain/hours/zone-tables.ts';
import { isZoneSure, zonesOfPerson } from '../../../src/domain/hours/zones-of-person.ts';

const NEW_YORK = '+12125550123';
const TOLL_FREE = '+18005550123';
const person = (place: Partial<PostalPlace>, e164: string) =>
  zonesOfPerson({ ...EMPTY_PROFILE.place, ...place }, e164);
const [E, C, M, P] = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'];

type Case = [
  what: string,
  place: Partial<PostalPlace>,
  e164: string,
  zones: string[],
  jurisdictions: string[],
  evidence: string,
];

describe('possible places of a person', () => {
  const cases: Case[] = [
    ['by area code alone', {}, NEW_YORK, [E], ['federal', 'NY'], 'area-code weak'],
    ['by an area code of two zones', {}, '+18505550123', [E, C], ['federal', 'FL'], 'area-code weak'],
    [
      'by ZIP, and the area code of elsewhere',
      { zip: '77002' },
      NEW_YORK,
      [C, E],
      ['federal', 'TX', 'NY'],
      'zip sure',
    ],
    ['by a ZIP of two zones', { zip: '32401' }, '+18505550123', [E, C], ['federal', 'FL'], 'zip weak'],
    ['by a ZIP across a border', { zip: '72643' }, '+14175550123', [C], ['federal', 'AR', 'MO'], 'zip sure'],
    [
      'by ZIP and state where the ZIP leaves two',
      { zip: '72643', state: 'MO' },
      '+14175550123',
      [C],
      ['federal', 'MO'],
      'zip sure',
    ],
    [
      'by ZIP and another state',
      { zip: '77002', state: 'NY' },
      NEW_YORK,
      [C, E],
      ['federal', 'TX', 'NY'],
      'zip weak',
    ],
    ['by state alone', { state: 'OR' }, '+15035550123', [M, P], ['federal', 'OR'], 'declared weak'],
    ['by state of one zone', { state: 'WA' }, '+12065550123', [P], ['federal', 'WA'], 'declared sure'],
    [
      'by a zone of their own beside the ZIP and the number of other states',
      { zone: P, zip: '77002' },
      '+12135550123',
      [P, C],
      ['federal', 'TX', 'CA'],
      'declared weak',
    ],
    [
      'by a zone with the same clock as their number',
      { zone: 'America/Detroit' },
      '+13135550123',
      ['America/Detroit'],
      ['federal', 'MI'],
      'declared sure',
    ],
    [
      'by a zone their number is not of: in any state',
      { zone: P },
      NEW_YORK,
      [P, E],
      ['federal', 'NY', 'unknown-state'],
      'declared sure',
    ],
    [
      'by a zone and a number that tells nothing',
      { zone: P },
      TOLL_FREE,
      [P],
      ['federal', 'unknown-state'],
      'declared sure',
    ],
    [
      'by a zone abroad',
      { zone: 'Asia/Tokyo' },
      NEW_YORK,
      ['Asia/Tokyo', E],
      ['federal', 'NY'],
      'declared sure',
    ],
    ['nowhere', {}, TOLL_FREE, ANYWHERE.US, ['federal', 'unknown-state'], 'none weak'],
    [
      'by an area code nobody gave out',
      {},
      '+15555550123',
      ANYWHERE.US,
      ['federal', 'unknown-state'],
      'none weak',
    ],
    [
      'by military post, which is anywhere',
      { state: 'AE', zip: '09012' },
      TOLL_FREE,
      ANYWHERE.US,
      ['federal', 'unknown-state'],
      'none weak',
    ],
    [
      'in the US with a number of Jamaica',
      { country: 'US' },
      '+18765551234',
      [...ANYWHERE.US, 'America/Jamaica'],
      ['federal', 'unknown-state'],
      'area-code weak',
    ],
    ['by a number of Jamaica', {}, '+18765551234', ['America/Jamaica'], ['federal'], 'area-code weak'],
    [
      'in Canada',
      { country: 'CA', zip: 'M5V 2T6' },
      '+14165550123',
      ['America/Toronto'],
      ['canada'],
      'zip sure',
    ],
    ['in Canada, nobody knows where', { country: 'CA' }, TOLL_FREE, ANYWHERE.CA, ['canada'], 'none weak'],
    [
      'in Canada with a number of New York',
      { state: 'MB' },
      NEW_YORK,
      ['America/Winnipeg', E],
      ['federal', 'canada', 'NY'],
      'declared sure',
    ],
    ['in Canada by area code', {}, '+15145550123', ['America/Toronto'], ['canada'], 'area-code weak'],
    [
      'in a country of one zone',
      { country: 'JP' },
      '+819012345678',
      ['Asia/Tokyo'],
      ['federal'],
      'declared sure',
    ],
    [
      'in Samoa by its ZIP',
      { zip: '96799' },
      '+16845550123',
      ['Pacific/Honolulu', 'Pacific/Pago_Pago'],
      ['federal', 'HI', 'AS'],
      'zip weak',
    ],
  ];
  for (const [what, place, e164, zones, jurisdictions, evidence] of cases) {
    it(`are known ${what}`, () => {
      const found = person(place, e164);
      expect(found.zones).to.have.members(zones);
      expect(found.jurisdictions).to.have.members(jurisdictions);
      expect(`${found.source} ${found.confidence}`).to.equal(evidence);
      expect(isZoneSure({ ...EMPTY_PROFILE.place, ...place })).to.equal(found.confidence === 'sure');
    });
  }

  it('are never empty, whatever is on file', () => {
    for (const country of [null, 'US', 'CA', 'GB', 'BR', 'AQ']) {
      for (const e164 of [NEW_YORK, TOLL_FREE, '+14165550123', '+447911123456', '+8001234567890']) {
        const found = person({ country }, e164);
        expect(found.zones, `${country}`).to.not.be.empty;
        expect(found.jurisdictions, `${country}`).to.not.be.empty;
      }
    }
  });
});

describe('tables of places', () => {
  const states =
    'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU MP AS'.split(
      ' ',
    );
  const provinces = 'AB BC MB NB NL NS NT NU ON PE QC SK YT'.split(' ');
  const prefixes = Array.from({ length: 1000 }, (_, n) => `${n}`.padStart(3, '0'));
  const codes = Array.from({ length: 800 }, (_, n) => `${n + 200}`);

  it('know every state by ZIP and by area code, and only time zones of it', () => {
    const byZip = prefixes.map((prefix) => regionOfZip(`${prefix}01`));
    const byCode = codes.map((code) => regionOfAreaCode(`+1${code}5550123`));
    for (const regions of [byZip, byCode]) {
      const found = new Set(regions.flatMap((region) => region?.states ?? []));
      for (const state of states) expect(found.has(state), state).to.equal(true);
      for (const region of regions) {
        if (region === null) continue;
        const permitted = region.states.flatMap(zonesOfState);
        expect(region.zones, region.states.join()).to.not.be.empty;
        for (const zone of region.zones) expect(permitted, region.states.join()).to.include(zone);
      }
    }
  });

  it('know every province by postal code and by area code', () => {
    const letters = [...'ABCEGHJKLMNPRSTVXY'].map((letter) => regionOfZip(`${letter}1A 1A1`));
    const byCode = codes.map((code) => regionOfAreaCode(`+1${code}5550123`));
    for (const regions of [letters, byCode]) {
      const found = new Set(regions.flatMap((region) => region?.states ?? []));
      for (const province of provinces) expect(found.has(province), province).to.equal(true);
    }
  });

  const places: [zip: string, states: string, zones: string[]][] = [
    ['10001', 'NY', [E]],
    ['02134', 'MA', [E]],
    ['00501', 'NY', [E]],
    ['32501', 'FL', [C]],
    ['33101', 'FL', [E]],
    ['46402', 'IN', [C]],
    ['47708', 'IN', [C]],
    ['37203', 'TN', [C]],
    ['37902', 'TN', [E]],
    ['79901', 'TX', [M]],
    ['83814', 'ID', [P]],
    ['83702', 'ID', [M]],
    ['85001', 'AZ', ['America/Phoenix']],
    ['86515', 'AZ', ['America/Phoenix', M]],
    ['97914', 'OR', [M, P]],
    ['57701', 'SD', [M]],
    ['58701', 'ND', [C]],
    ['99501', 'AK', ['America/Anchorage', 'America/Adak', P]],
    ['96813', 'HI', ['Pacific/Honolulu']],
    ['00901', 'PR', ['America/Puerto_Rico']],
  ];
  for (const [zip, state, zones] of places) {
    it(`put ${zip} in ${state}`, () => {
      const region = regionOfZip(zip);
      expect(region?.states).to.deep.equal([state]);
      expect(region?.zones).to.have.members(zones);
    });
  }

  it('name only time zones that the runtime has', () => {
    for (const state of [...states, ...provinces]) {
      for (const zone of zonesOfState(state)) {
        expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).to.not.throw();
      }
    }
  });
});
