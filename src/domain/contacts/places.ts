import { getCountries } from 'libphonenumber-js/max';
import type { PostalPlace } from './profile.ts';

/** States, the District of Columbia, territories and military post. Source: USPS Publication 28, Appendix B. */
const US =
  'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI FM MH PW AA AE AP';
/** Provinces and territories. Source: Canada Post, Addressing Guidelines, "Symbols". */
const CA = 'AB BC MB NB NL NT NS NU ON PE QC SK YT';

type Known = 'US' | 'CA';
const STATES: Record<Known, ReadonlySet<string>> = { US: new Set(US.split(' ')), CA: new Set(CA.split(' ')) };
const COUNTRIES: ReadonlySet<string> = new Set(getCountries());

/** Source: Canada Post, Addressing Guidelines: D, F, I, O, Q and U are not used, W and Z do not come first. */
const CANADIAN = /^([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]) ?(\d[ABCEGHJ-NPRSTV-Z]\d)$/;
const ZIPS: Record<Known, (text: string) => string | null> = {
  US: (text) => /^(\d{5})(?:-\d{4})?$/.exec(text)?.[1] ?? null,
  CA: (text) => {
    const [, first, second] = CANADIAN.exec(text.toUpperCase()) ?? [];
    return first === undefined ? null : `${first} ${second}`;
  },
};

const known = (country: string | null): Known[] =>
  country === null ? ['US', 'CA'] : country === 'US' || country === 'CA' ? [country] : [];

/** Five digits, or a Canadian code in upper case with its space; null when it is neither. */
export function readZip(text: string, country: string | null): string | null {
  const readings = known(country).map((candidate) => ZIPS[candidate](text.trim()));
  return readings.find((reading) => reading !== null) ?? null;
}

/** The wrong parts of a place, each with a sentence. */
export function faultsInPlace(place: PostalPlace): { field: keyof PostalPlace; message: string }[] {
  const { country, state, zip, zone } = place;
  const countries = known(country);
  const faults: { field: keyof PostalPlace; message: string }[] = [];
  if (country !== null && !COUNTRIES.has(country)) {
    faults.push({ field: 'country', message: 'It is not the two-letter code of a country.' });
  }
  if (state !== null && !countries.some((candidate) => STATES[candidate].has(state))) {
    const message =
      'The country has no such state or province. Only states of the US and provinces of Canada can be saved.';
    faults.push({ field: 'state', message });
  }
  if (zip !== null && readZip(zip, country) === null) {
    const message =
      'It is no ZIP or postal code of the country. Only codes of the US and Canada can be saved.';
    faults.push({ field: 'zip', message });
  }
  if (zone !== null && !isZone(zone)) {
    faults.push({ field: 'zone', message: 'There is no time zone of this name.' });
  }
  return faults;
}

/** The common names. Checking any other name costs a hundred times as much. */
const ZONES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('timeZone'));

/** Whether it is a name of the tz database. Offsets, which newer runtimes accept as zones, are not. */
function isZone(name: string): boolean {
  if (ZONES.has(name)) return true;
  if (!/^[A-Za-z]{3,}(?:[/_+-][A-Za-z0-9]+)*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
