/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959963984540054;

export type Interval = { low: number; high: number };
export type Proportion = { hits: number; people: number };

/** Wilson's score interval of a proportion. Source: Wilson, JASA 22 (1927). Throws RangeError where nobody was asked. */
export function wilson({ hits, people }: Proportion): Interval {
  if (people <= 0 || hits < 0 || hits > people) throw new RangeError('no proportion');
  const middle = 2 * hits + Z * Z;
  const half = Z * Math.sqrt(Z * Z + 4 * hits * (1 - hits / people));
  const whole = 2 * (people + Z * Z);
  return { low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) };
}

/**
 * Difference of two independent proportions, a − b, with its 95 % interval: method 10, the hybrid score interval
 * without continuity correction. Source: Newcombe, Statistics in Medicine 17 (1998) 873–890.
 */
export function difference(a: Proportion, b: Proportion): Interval & { value: number } {
  const [of, against] = [wilson(a), wilson(b)];
  const [p, q] = [a.hits / a.people, b.hits / b.people];
  const value = p - q;
  return {
    value,
    low: value - Math.hypot(p - of.low, against.high - q),
    high: value + Math.hypot(of.high - p, q - against.low),
  };
}

/** Amounts of so many people, each with the sum of theirs, people without any counted as 0. */
export type Amounts = { people: number; sum: number; squares: number };

/**
 * Difference of two means, a − b, with its 95 % interval, for groups large enough that their means are normal
 * (Welch's standard error). Null below two people in a group, of whom no spread is known.
 */
export function meanDifference(a: Amounts, b: Amounts): (Interval & { value: number }) | null {
  if (a.people < 2 || b.people < 2) return null;
  const value = a.sum / a.people - b.sum / b.people;
  const half = Z * Math.sqrt(errorOf(a) + errorOf(b));
  return { value, low: value - half, high: value + half };
}

const errorOf = ({ people, sum, squares }: Amounts): number =>
  Math.max(0, squares - (sum * sum) / people) / (people - 1) / people;
