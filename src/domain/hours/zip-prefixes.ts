import { zonesNamed, zonesOfState } from './state-zones.ts';

/** Where a code may lie: US states, territories or provinces, and zones. */
export type Region = { states: string[]; zones: string[] };

/**
 * First three digits of ZIP codes by state; where a prefix crosses a border, every state it touches. Military
 * post is left out: it may be anywhere. Source: USPS Domestic Mail Manual, labeling list L002.
 */
const STATES: [states: string, prefixes: string][] = [
  ['AK', '995-999'],
  ['AL', '350-352 354-369'],
  ['AR', '716-725 727-729'],
  ['AR MO', '726'],
  ['AZ', '850-853 855-857 859-860 863-865'],
  ['CA', '900-908 910-928 930-961'],
  ['CO', '800-816'],
  ['CT', '060-062 064-069'],
  ['CT NY', '063'],
  ['DC', '200 202-204 569'],
  ['DC MD VA', '205'],
  ['DE', '197-199'],
  ['FL', '320-339 341-342 344 346-347 349'],
  ['GA', '300-319 398-399'],
  ['GU PW FM MP MH', '969'],
  ['HI', '968'],
  ['HI AS', '967'],
  ['IA', '500-516 520-528'],
  ['ID', '832-833 835-838'],
  ['ID WY', '834'],
  ['IL', '600-620 622-629'],
  ['IN', '460-479'],
  ['KS', '660-662 664-679'],
  ['KY', '400-418 420-427'],
  ['LA', '700-701 703-708 710-714'],
  ['MA', '010-027 055'],
  ['MD', '206-212 214-219'],
  ['ME', '039-049'],
  ['MI', '480-499'],
  ['MN', '550-551 553-567'],
  ['MO', '630-631 633-641 644-658'],
  ['MS', '386-397'],
  ['MT', '590-599'],
  ['NC', '270-289'],
  ['ND', '580-588'],
  ['NE', '680-681 683-693'],
  ['NH', '030-038'],
  ['NJ', '070-089'],
  ['NM', '870-871 873-884'],
  ['NV', '889-891 893-895 897-898'],
  ['NY', '005 100-149'],
  ['OH', '430-459'],
  ['OK', '730-731 734-738 740-741 743-749'],
  ['OK TX', '739'],
  ['OR', '970-979'],
  ['PA', '150-196'],
  ['PR', '006-007 009'],
  ['RI', '028-029'],
  ['SC', '290-299'],
  ['SD', '570-577'],
  ['TN', '370-385'],
  ['TX', '733 750-770 772-799 885'],
  ['UT', '840-847'],
  ['VA', '201 220-246'],
  ['VI', '008'],
  ['VT', '050-054 056-059'],
  ['WA', '980-986 988-994'],
  ['WI', '530-532 534-535 537-549'],
  ['WV', '247-268'],
  ['WY', '820-831'],
];

/**
 * Prefixes of states with two clocks that lie in one zone as a whole; any other, and any in doubt, may be in each
 * zone of its state. Drawn by hand from the counties of 49 CFR Part 71.
 */
const ZONES: [zone: string, prefixes: string][] = [
  ['Eastern', '320-323 326-339 341-342 344 346-347 349 374 376 378-379 400 402-418'],
  ['Eastern', '460-462 466-468 470-474 478 480-497'],
  ['Central', '325 370-372 375 380-385 464 477 570-574 580-584 587 660-662 664-676 679 680-681 683-689'],
  ['Central', '733 750-770 772-797'],
  ['Mountain', '577 693 799 832-834 837 885'],
  ['Arizona', '850-852 857 863'],
  ['Pacific', '838 889-891 893-895 897 970-978'],
  ['Alaska', '996-998'],
];

/** First letter of a Canadian postal code. Source: Canada Post, Addressing Guidelines. */
const CANADA: [state: string, letters: string][] = [
  ['NL', 'A'],
  ['NS', 'B'],
  ['PE', 'C'],
  ['NB', 'E'],
  ['QC', 'G H J'],
  ['ON', 'K L M N P'],
  ['MB', 'R'],
  ['SK', 'S'],
  ['AB', 'T'],
  ['BC', 'V'],
  ['NT NU', 'X'],
  ['YT', 'Y'],
];
const CANADIAN_ZONES: [zone: string, letters: string][] = [['Toronto', 'H J K L M N']];

const STATES_BY = new Map([...STATES.flatMap(spread), ...CANADA.flatMap(spread)]);
const ZONES_BY = new Map([...ZONES.flatMap(spread), ...CANADIAN_ZONES.flatMap(spread)]);

function spread([value, prefixes]: [string, string]): [prefix: string, value: string][] {
  return prefixes.split(' ').flatMap((range) => {
    const [from = '', to = from] = range.split('-');
    if (!/^\d/.test(from)) return [[from, value] as [string, string]];
    const many = Number(to) - Number(from) + 1;
    return Array.from({ length: many }, (_, n): [string, string] => [
      String(Number(from) + n).padStart(3, '0'),
      value,
    ]);
  });
}

/** Where a ZIP or Canadian postal code may lie; null where no such prefix is in the list. */
export function regionOfZip(zip: string): Region | null {
  const prefix = /^\d{5}/.test(zip) ? zip.slice(0, 3) : zip.slice(0, 1).toUpperCase();
  const states = STATES_BY.get(prefix)?.split(' ');
  if (states === undefined) return null;
  const narrow = ZONES_BY.get(prefix);
  return {
    states,
    zones: narrow === undefined ? [...new Set(states.flatMap(zonesOfState))] : zonesNamed(narrow),
  };
}
