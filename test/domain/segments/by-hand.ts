/** Points of docs/segments.md. */
export const POINTS_OF: Record<string, number> = { purchase: 20, click: 10 };

/** A few ZIP codes as the Census gives them, so that distances need no code of ours. */
const PLACES: Record<string, [latitude: number, longitude: number]> = {
  '90210': [34.100517, -118.41463],
  '90001': [33.973665, -118.249039],
  '10001': [40.75065, -73.997293],
};

/** By the spherical law of cosines; null where a code is not known here. */
export function milesOf(zip: string, other: string): number | null {
  const [from, to] = [PLACES[zip], PLACES[other]];
  if (from === undefined || to === undefined) return null;
  const [a, b, c] = [from[0], to[0], to[1] - from[1]].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const cosine = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(c);
  return 3958.8 * Math.acos(Math.min(1, cosine));
}
