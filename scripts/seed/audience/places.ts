import type { PostalPlace } from '../../../src/domain/contacts/profile.ts';
import { isProvince, zonesOfState } from '../../../src/domain/hours/zone-tables.ts';
import type { Draw } from './drawing.ts';
import { pick } from './drawing.ts';

/** One or two cities of each state, each with the first three characters of a ZIP or postal code there. */
const CITIES: Record<string, string> = {
  AB: 'Calgary T2P, Edmonton T5J',
  AK: 'Anchorage 995, Fairbanks 997',
  AL: 'Birmingham 352, Mobile 366',
  AR: 'Little Rock 722, Fayetteville 727',
  AZ: 'Phoenix 850, Tucson 857',
  BC: 'Vancouver V6B, Victoria V8W',
  CA: 'Los Angeles 900, San Diego 921, Fresno 937, San Francisco 941',
  CO: 'Denver 802, Colorado Springs 809',
  CT: 'Hartford 061, New Haven 065',
  DC: 'Washington 200',
  DE: 'Wilmington 198',
  FL: 'Miami 331, Orlando 328, Pensacola 325',
  GA: 'Atlanta 303, Savannah 314',
  HI: 'Honolulu 968',
  IA: 'Des Moines 503, Davenport 528',
  ID: 'Boise 837, Pocatello 832',
  IL: 'Chicago 606, Springfield 627',
  IN: 'Indianapolis 462, Gary 464',
  KS: 'Wichita 672, Topeka 666',
  KY: 'Louisville 402, Lexington 405',
  LA: 'New Orleans 701, Shreveport 711',
  MA: 'Boston 021, Worcester 016',
  MB: 'Winnipeg R3C',
  MD: 'Baltimore 212, Frederick 217',
  ME: 'Portland 041',
  MI: 'Detroit 482, Grand Rapids 495',
  MN: 'Minneapolis 554, Duluth 558',
  MO: 'Kansas City 641, St. Louis 631',
  MS: 'Jackson 392, Biloxi 395',
  MT: 'Billings 591',
  NB: 'Moncton E1C',
  NC: 'Charlotte 282, Raleigh 276',
  ND: 'Fargo 581, Bismarck 585',
  NE: 'Omaha 681, Lincoln 685',
  NH: 'Manchester 031',
  NJ: 'Newark 071, Trenton 086',
  NL: "St. John's A1C",
  NM: 'Albuquerque 871, Santa Fe 875',
  NS: 'Halifax B3J',
  NV: 'Las Vegas 891, Reno 895',
  NY: 'New York 100, Buffalo 142, Albany 122',
  OH: 'Columbus 432, Cleveland 441',
  OK: 'Oklahoma City 731, Tulsa 741',
  ON: 'Toronto M5H, Ottawa K1P',
  OR: 'Portland 972, Eugene 974',
  PA: 'Philadelphia 191, Pittsburgh 152',
  PR: 'San Juan 009',
  QC: 'Montréal H3B, Québec G1R',
  RI: 'Providence 029',
  SC: 'Charleston 294, Columbia 292',
  SD: 'Sioux Falls 571',
  SK: 'Regina S4P',
  TN: 'Nashville 372, Memphis 381',
  TX: 'Houston 770, Dallas 752, El Paso 799, San Antonio 782',
  UT: 'Salt Lake City 841',
  VA: 'Richmond 232, Norfolk 235',
  VI: 'Charlotte Amalie 008',
  VT: 'Burlington 054',
  WA: 'Seattle 981, Spokane 992',
  WI: 'Milwaukee 532, Madison 537',
  WV: 'Charleston 253',
  WY: 'Cheyenne 820',
};

const STATES = Object.keys(CITIES);

/** The shares of people who live in another state than that of their number, and of people whose place nobody knows. */
const MOVED = 0.11;
const UNTOLD = 0.07;
/** Among people with a known place, the shares who gave a time zone, as a web form does, and who gave no ZIP code. */
const WITH_ZONE = 0.2;
const WITHOUT_ZIP = 0.15;

/** Draws where a person lives, by the state of their number. */
export function placeOf(draw: Draw, home: string): PostalPlace {
  const nowhere = { country: null, state: null, city: null, zip: null, zone: null };
  if (draw() < UNTOLD) return nowhere;
  const state = draw() < MOVED ? pick(draw, STATES) : home;
  const [, city = '', code = ''] = /^(.*) (\w{3})$/.exec(pick(draw, (CITIES[state] ?? '').split(', '))) ?? [];
  const country = isProvince(state) ? 'CA' : 'US';
  const rest = country === 'CA' ? ' 1A1' : String(1 + Math.floor(draw() * 60)).padStart(2, '0');
  return {
    ...{ country, state, city },
    zip: draw() < WITHOUT_ZIP ? null : code + rest,
    zone: draw() < WITH_ZONE ? (zonesOfState(state)[0] ?? null) : null,
  };
}
