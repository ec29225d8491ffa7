/** Zones of the tz database by the names people know. Those that keep one clock today stand under one of them. */
export const ZONES = {
  Eastern: 'America/New_York',
  Central: 'America/Chicago',
  Mountain: 'America/Denver',
  Pacific: 'America/Los_Angeles',
  Arizona: 'America/Phoenix',
  Alaska: 'America/Anchorage',
  Aleutian: 'America/Adak',
  Hawaii: 'Pacific/Honolulu',
  Caribbean: 'America/Puerto_Rico',
  Chamorro: 'Pacific/Guam',
  Samoa: 'Pacific/Pago_Pago',
  Palau: 'Pacific/Palau',
  Chuuk: 'Pacific/Chuuk',
  Pohnpei: 'Pacific/Pohnpei',
  Marshall: 'Pacific/Majuro',
  Newfoundland: 'America/St_Johns',
  Atlantic: 'America/Halifax',
  Toronto: 'America/Toronto',
  Atikokan: 'America/Atikokan',
  Winnipeg: 'America/Winnipeg',
  Saskatchewan: 'America/Regina',
  Edmonton: 'America/Edmonton',
  Creston: 'America/Creston',
  Vancouver: 'America/Vancouver',
  Yukon: 'America/Whitehorse',
} as const;
type ZoneName = keyof typeof ZONES;

/**
 * Every zone of a state, territory or province. Sources: 49 CFR Part 71 for the US, Arizona with the Navajo Nation's
 * daylight time; the tz database, file "northamerica", for Canada and "australasia" for the Pacific.
 */
const ROWS: [zones: string, states: string][] = [
  ['Eastern', 'CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV'],
  ['Central', 'AL AR IA IL LA MN MO MS OK WI'],
  ['Mountain', 'CO MT NM UT WY'],
  ['Pacific', 'CA WA'],
  ['Eastern Central', 'FL IN KY MI TN'],
  ['Central Mountain', 'KS ND NE SD TX'],
  ['Mountain Pacific', 'ID NV OR'],
  ['Arizona Mountain', 'AZ'],
  ['Alaska Aleutian Pacific', 'AK'],
  ['Hawaii', 'HI'],
  ['Caribbean', 'PR VI'],
  ['Chamorro', 'GU MP'],
  ['Samoa', 'AS'],
  ['Palau', 'PW'],
  ['Chuuk Pohnpei', 'FM'],
  ['Marshall', 'MH'],
  ['Newfoundland Atlantic', 'NL'],
  ['Atlantic', 'NB NS PE'],
  ['Toronto Atlantic Caribbean', 'QC'],
  ['Toronto Atikokan Winnipeg', 'ON'],
  ['Winnipeg', 'MB'],
  ['Saskatchewan Edmonton', 'SK'],
  ['Edmonton', 'AB'],
  ['Edmonton Mountain', 'NT'],
  ['Toronto Atikokan Winnipeg Mountain', 'NU'],
  ['Vancouver Creston Edmonton Mountain', 'BC'],
  ['Yukon', 'YT'],
];

const BY_STATE = new Map(
  ROWS.flatMap(([zones, states]) => states.split(' ').map((state) => [state, zonesNamed(zones)] as const)),
);

/** IANA names of zones named as in `ZONES`, with spaces between. */
export function zonesNamed(names: string): string[] {
  return names.split(' ').map((name) => ZONES[name as ZoneName]);
}

/** None for the military's post, which may be anywhere. */
export function zonesOfState(state: string): string[] {
  return BY_STATE.get(state) ?? [];
}

const PROVINCES: ReadonlySet<string> = new Set('AB BC MB NB NL NT NS NU ON PE QC SK YT'.split(' '));
export const isProvince = (state: string): boolean => PROVINCES.has(state);

/** Where a person may be of whom no more is known: the fifty states and Puerto Rico, or all of Canada. */
export const ANYWHERE: Record<'US' | 'CA', string[]> = {
  US: zonesNamed('Eastern Central Mountain Pacific Arizona Alaska Aleutian Hawaii Caribbean'),
  CA: [...new Set([...PROVINCES].flatMap(zonesOfState))],
};

/** Other zones of the US, by the one whose clock they keep today. Source: the tz database, "northamerica". */
const SAME_CLOCK: [zone: string, others: string][] = [
  ['Eastern', 'America/Detroit America/Louisville America/Kentucky/Louisville America/Kentucky/Monticello'],
  ['Eastern', 'America/Indianapolis America/Fort_Wayne America/Indiana/Indianapolis America/Indiana/Marengo'],
  ['Eastern', 'America/Indiana/Petersburg America/Indiana/Vevay America/Indiana/Vincennes'],
  ['Eastern', 'America/Indiana/Winamac US/Eastern US/East-Indiana US/Michigan'],
  [
    'Central',
    'America/Indiana/Knox America/Indiana/Tell_City America/Menominee US/Central US/Indiana-Starke',
  ],
  ['Central', 'America/North_Dakota/Beulah America/North_Dakota/Center America/North_Dakota/New_Salem'],
  ['Mountain', 'America/Boise America/Shiprock US/Mountain'],
  ['Pacific', 'US/Pacific'],
  ['Arizona', 'US/Arizona'],
  ['Alaska', 'America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat US/Alaska'],
  ['Aleutian', 'America/Atka US/Aleutian'],
  ['Hawaii', 'Pacific/Johnston US/Hawaii'],
  ['Caribbean', 'America/St_Thomas America/Virgin'],
  ['Chamorro', 'Pacific/Saipan'],
  ['Samoa', 'Pacific/Midway US/Samoa'],
];
const CLOCKS = new Map(
  SAME_CLOCK.flatMap(([zone, others]) =>
    others.split(' ').map((other) => [other, ZONES[zone as ZoneName]] as const),
  ),
);

/** The zone of `ZONES` with the same clock; itself where none is known. */
export const clockOf = (zone: string): string => CLOCKS.get(zone) ?? zone;

const AMERICAN: ReadonlySet<string> = new Set([...ANYWHERE.US, ZONES.Chamorro, ZONES.Samoa]);
/** Whether a zone belongs to the US or a territory of it. */
export const isAmerican = (zone: string): boolean => AMERICAN.has(clockOf(zone));
