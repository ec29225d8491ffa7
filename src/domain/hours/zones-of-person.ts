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

/** Where a person may be, as far as hours depend on it, and the evidence. */
export type Whereabouts = {
  /** IANA zones, at least one, best evidence first. Each may be the person's: a text must be lawful in all of them. */
  zones: string[];
  /**
   * The zones by what the person declared or their ZIP code, which is one zone where they declared it. Empty where
   * neither is known.
   */
  home: string[];
  /** US states, territories and provinces that may be the person's; empty where nothing is known. */
  states: string[];
  /** Jurisdictions whose rules on hours apply, by their names in `HourRule`. */
  jurisdictions: string[];
  /** The best evidence of the zone. A state or country on file counts as declared. */
  source: ZoneSource;
  /**
   * "sure": the person's declaration and ZIP code leave one clock. An area code alone is always weak. An area code
   * from elsewhere adds its zone to the hours, and does not change the confidence.
   */
  confidence: 'sure' | 'weak';
};

/** The part of `Whereabouts` that a decision about a message records. `version`: of the table of hours used. */
export type DecidedWhere = Omit<Whereabouts, 'states' | 'home'> & { version: string };

/** `elsewhere`: the zones of the address, where the declared zone is not among them. */
type KnownRegion = Region & { source: ZoneSource; elsewhere?: string[] };

/**
 * Where a person may be, by the zone they declared, else their ZIP code, else their state, else their number. Where
 * their address or the number's area code points elsewhere, all places are kept (Va. Code 59.1-511 uses area code or
 * address, as does South Carolina). Where the state is unknown, the strictest state's rule applies.
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

/** Whether a place leaves one clock, whatever the person's number says. */
export const isZoneSure = (place: PostalPlace): boolean => isOneClock(homeOf(place));

/** Whether a number's area code, or its country, suggests the clock of a zone. */
export const isClockOfNumber = (zone: string, e164: string): boolean =>
  regionOfNumber(e164).zones.some((candidate) => clockOf(candidate) === clockOf(zone));

const isOneClock = ({ zones, elsewhere = [] }: KnownRegion): boolean =>
  zones.length === 1 && elsewhere.length === 0;

const NOTHING: KnownRegion = { zones: [], states: [], source: 'none' };
const isAbroad = (country: string | null): country is string =>
  country !== null && country !== 'US' && country !== 'CA';

/** Where a person is by their own declaration, or by the address on file. Military mail says nothing. */
function homeOf({ zone, zip, state, country }: PostalPlace): KnownRegion {
  const byZip = zip === null || isAbroad(country) ? null : regionOfZip(zip);
  const ofState = state === null ? [] : zonesOfState(state);
  const named = state === null || ofState.length === 0 ? [] : [state];
  const agree = byZip === null || named.length === 0 || byZip.states.includes(named[0] ?? '');
  const states = agree && named.length > 0 ? named : [...(byZip?.states ?? []), ...named];
  const zones = byZip === null ? ofState : agree ? byZip.zones : [...byZip.zones, ...ofState];
  if (zone !== null) {
    const isThere = zones.some((candidate) => clockOf(candidate) === clockOf(zone));
    return { zones: [zone], states, source: 'declared', elsewhere: isThere ? [] : zones };
  }
  if (byZip !== null) return { zones, states, source: 'zip' };
  if (named.length > 0) return { zones, states, source: 'declared' };
  return isAbroad(country) ? { zones: zonesOfCountry(country), states, source: 'declared' } : NOTHING;
}

/** All zones of the country on file, or of the US, where neither the person nor the number says more. */
function unnamed(country: string | null, home: KnownRegion, number: KnownRegion): string[] {
  if (home.zones.length > 0) return [];
  if (country !== 'US' && country !== 'CA') return number.zones.length > 0 ? [] : ANYWHERE.US;
  const says = number.states.some((state) => isProvince(state) === (country === 'CA'));
  return says ? [] : ANYWHERE[country];
}

function regionOfNumber(e164: string): KnownRegion {
  const region = regionOfAreaCode(e164);
  if (region !== null) return { ...region, source: 'area-code' };
  const country = parsePhoneNumberFromString(e164)?.country ?? null;
  const zones = isAbroad(country) ? zonesOfCountry(country) : [];
  return zones.length === 0 ? NOTHING : { zones, states: [], source: 'area-code' };
}

/** Zones of a country in the runtime's tz data. Newer runtimes return them by a method. */
function zonesOfCountry(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
    timeZones?: string[];
    getTimeZones?: () => string[] | undefined;
  };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function jurisdictionsOf(
  states: string[],
  home: KnownRegion,
  number: KnownRegion,
  country: string | null,
): string[] {
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

/**
 * Whether the person's state is surely among those found: it was declared, or the number names it and nothing
 * contradicts.
 */
function isStateKnown(home: KnownRegion, number: KnownRegion, country: string | null): boolean {
  if (home.states.length > 0) return true;
  if (
    number.states.length > 0 &&
    (country === null || number.states.some((state) => isProvince(state) === (country === 'CA')))
  ) {
    const clocks = number.zones.map(clockOf);
    return home.zones.every((zone) => clocks.includes(clockOf(zone)) || !isAmerican(zone));
  }
  const abroad = home.zones.length > 0 ? home.zones : number.zones;
  return country === null && abroad.length > 0 && !abroad.some(isAmerican);
}
