/** Draws numbers in [0, 1), the same sequence for the same seed. */
export type Draw = () => number;

export const pick = <T>(draw: Draw, from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;

/** Picks items of a list, each with the same probability. */
export const some = <T>(draw: Draw, from: readonly T[], chance: number): T[] =>
  from.filter(() => draw() < chance);

/** Draws a whole number from `least` to `most`. */
export const whole = (draw: Draw, least: number, most: number): number =>
  least + Math.floor(draw() * (most - least + 1));

/** Draws one item by its weight. */
export function weighted<T>(draw: Draw, from: readonly (readonly [weight: number, one: T])[]): T {
  let left = draw() * from.reduce((sum, [weight]) => sum + weight, 0);
  const found = from.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return (found ?? (from[0] as readonly [number, T]))[1];
}
