import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { PostalPlace } from '../contacts/profile.ts';
import {
  ANYWHERE,
  clockOf,
  isAmerican,
  isProvince,
  type Region,
  regionOfAreaCode,
  regionOfZip,
  zonesOfState,
} from './zone-tables.ts';

type ZoneSource = 'declared' | 'zip' | 'area-code' | 'none';

/** Where a person may be, as far as hours depend on it, and what says so. */
export type Whereabouts = {
  /** IANA zones, never none, the best evidence first. Each may be theirs: a text must be lawful in all of them. */
  zones: string[];
  /** Those of them that what the person told, or their ZIP, leaves, where they declared one that alone; none where nothing tells. */
  home: string[];
  /** US states, territories and provinces that may be theirs; none where nothing tells. */
  states: string[];
  /** Whose rules on hours bind, by their names in `HourRule`. */
  jurisdictions: string[];
  /** The best evidence of the zone. A state or country on file counts as declared. */
  source: ZoneSource;
  /**
   * "sure": what the person told, and their ZIP, leave one clock. An area code alone is always weak; one of elsewhere adds its
   * clock to the hours, and changes nothing about this.
   */
  confidence: 'sure' | 'weak';
};

/** What of it a decision about a message leaves behind. `version`: of the table of hours that it went by. */
export type DecidedWhere = Omit<Whereabouts, 'states' | 'home'> & { version: string };

/** `elsewhere`: zones of an address that the zone they declared is not of. */
type Told = Region & { source: ZoneSource; elsewhere?: string[] };

/**
 * Where a person may be, by the zone they declared, else their ZIP, else their state, else their number. Where their
 * address or the number's area code points elsewhere, all are kept (Va. Code 59.1-511 goes by area code or address, as
 * does South Carolina). Where nobody knows the state, the strictest of them binds.
 */
export function zonesOfPerson(place: PostalPlace, e164: string): Whereabouts {
  const home = homeOf(place);
  const number = regionOfNumber(e164);
  const best = home.zones.length > 0 ? home : number;
  const zones = [
    ...home.zones,
    ...(home.elsewhere ?? []),
    ...unnamed(place.country, home, number),
    ...number.zones,
  ];
  const states = [...new Set([...home.states, ...number.states])];
  return {
    zones: zones.filter((zone, n) => zones.findIndex((other) => clockOf(other) === clockOf(zone)) === n),
    home: home.zones,
    states,
    jurisdictions: jurisdictionsOf(states, home, number, place.country),
    source: best.source,
    confidence: isOneClock(home) ? 'sure' : 'weak',
  };
}

/** Whether a place leaves one clock, whatever the number of who lives there says. */
export const isZoneSure = (place: PostalPlace): boolean => isOneClock(homeOf(place));

/** Whether a number's area code, or its country, says that a zone's clock may be theirs. */
export const isClockOfNumber = (zone: string, e164: string): boolean =>
  regionOfNumber(e164).zones.some((one) => clockOf(one) === clockOf(zone));

const isOneClock = ({ zones, elsewhere = [] }: Told): boolean => zones.length === 1 && elsewhere.length === 0;

const NOTHING: Told = { zones: [], states: [], source: 'none' };
const isAbroad = (country: string | null): country is string =>
  country !== null && country !== 'US' && country !== 'CA';

/** What the person, or whoever keeps their address, told. Military post tells nothing. */
function homeOf({ zone, zip, state, country }: PostalPlace): Told {
  const byZip = zip === null || isAbroad(country) ? null : regionOfZip(zip);
  const ofState = state === null ? [] : zonesOfState(state);
  const named = state === null || ofState.length === 0 ? [] : [state];
  const agree = byZip === null || named.length === 0 || byZip.states.includes(named[0] ?? '');
  const states = agree && named.length > 0 ? named : [...(byZip?.states ?? []), ...named];
  const zones = byZip === null ? ofState : agree ? byZip.zones : [...byZip.zones, ...ofState];
  if (zone !== null) {
    const isThere = zones.some((one) => clockOf(one) === clockOf(zone));
    return { zones: [zone], states, source: 'declared', elsewhere: isThere ? [] : zones };
  }
  if (byZip !== null) return { zones, states, source: 'zip' };
  if (named.length > 0) return { zones, states, source: 'declared' };
  return isAbroad(country) ? { zones: zonesOfCountry(country), states, source: 'declared' } : NOTHING;
}

/** All zones of a country on file of which neither the person nor the number says more, or of the US. */
function unnamed(country: string | null, home: Told, number: Told): string[] {
  if (home.zones.length > 0) return [];
  if (country !== 'US' && country !== 'CA') return number.zones.length > 0 ? [] : ANYWHERE.US;
  const says = number.states.some((state) => isProvince(state) === (country === 'CA'));
  return says ? [] : ANYWHERE[country];
}

function regionOfNumber(e164: string): Told {
  const region = regionOfAreaCode(e164);
  if (region !== null) return { ...region, source: 'area-code' };
  const country = parsePhoneNumberFromString(e164)?.country ?? null;
  const zones = isAbroad(country) ? zonesOfCountry(country) : [];
  return zones.length === 0 ? NOTHING : { zones, states: [], source: 'area-code' };
}

/** Zones of a country as the runtime's tz data has them; newer runtimes give them by a method. */
function zonesOfCountry(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
    timeZones?: string[];
    getTimeZones?: () => string[] | undefined;
  };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function jurisdictionsOf(states: string[], home: Told, number: Told, country: string | null): string[] {
  const american = states.filter((state) => !isProvince(state));
  const canada = country === 'CA' || american.length < states.length;
  const onlyCanada = canada && american.length === 0 && country !== 'US';
  const unknown = !onlyCanada && !isAbroad(country) && !isStateKnown(home, number, country);
  return [
    ...(onlyCanada ? [] : ['federal']),
    ...(canada ? ['canada'] : []),
    ...american,
    ...(unknown ? ['unknown-state'] : []),
  ];
}

/** Whether the states found are all that may be theirs: told, or by a number that nothing contradicts. */
function isStateKnown(home: Told, number: Told, country: string | null): boolean {
  if (home.states.length > 0) return true;
  if (
    number.states.length > 0 &&
    (country === null || number.states.some((one) => isProvince(one) === (country === 'CA')))
  ) {
    const clocks = number.zones.map(clockOf);
    return home.zones.every((zone) => clocks.includes(clockOf(zone)) || !isAmerican(zone));
  }
  const abroad = home.zones.length > 0 ? home.zones : number.zones;
  return country === null && abroad.length > 0 && !abroad.some(isAmerican);
}
