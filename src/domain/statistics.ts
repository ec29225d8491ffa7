/** Two-sided 95 % quantile of the normal distribution. */
const Z_OF_SHARES = 1.959963984540054;

export type Interval = { low: number; high: number };
type Proportion = { hits: number; people: number };

/**
 * Wilson's score interval of a proportion. Source: Wilson, JASA 22 (1927). Throws RangeError for zero people or
 * impossible hits.
 */
export function wilson({ hits, people }: Proportion): Interval {
  if (people <= 0 || hits < 0 || hits > people) throw new RangeError('no proportion');
  const middle = 2 * hits + Z_OF_SHARES * Z_OF_SHARES;
  const half = Z_OF_SHARES * Math.sqrt(Z_OF_SHARES * Z_OF_SHARES + 4 * hits * (1 - hits / people));
  const whole = 2 * (people + Z_OF_SHARES * Z_OF_SHARES);
  return { low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) };
}

/**
 * Difference of two independent proportions, a − b, with its 95 % interval: method 10, the hybrid score interval
 * without continuity correction. Source: Newcombe, Statistics in Medicine 17 (1998) 873–890.
 */
export function difference(a: Proportion, b: Proportion): Interval & { value: number } {
  const [interval, baseline] = [wilson(a), wilson(b)];
  const [p, q] = [a.hits / a.people, b.hits / b.people];
  const value = p - q;
  return {
    value,
    low: value - Math.hypot(p - interval.low, baseline.high - q),
    high: value + Math.hypot(interval.high - p, q - baseline.low),
  };
}

/** A sum and a sum of squares over people; people without an amount count as 0. */
type Amounts = { people: number; sum: number; squares: number };

/**
 * Difference of two means, a − b, with its 95 % interval, for groups large enough that their means are normally
 * distributed (Welch's standard error). Null when a group has fewer than two people, since no spread is known.
 */
export function meanDifference(a: Amounts, b: Amounts): (Interval & { value: number }) | null {
  if (a.people < 2 || b.people < 2) return null;
  const value = a.sum / a.people - b.sum / b.people;
  const half = Z_OF_SHARES * Math.sqrt(errorOf(a) + errorOf(b));
  return { value, low: value - half, high: value + half };
}

const errorOf = ({ people, sum, squares }: Amounts): number =>
  Math.max(0, squares - (sum * sum) / people) / (people - 1) / people;

/** How many people match: counted, or estimated with bounds that contain the number 95 times in a hundred. */
export type HowMany = { people: number; exact: boolean; between: [least: number, most: number] };

export const counted = (people: number): HowMany => ({ people, exact: true, between: [people, people] });

/** 97.5 % of a normal distribution lie below this many standard deviations. */
const Z_OF_ESTIMATES = 1.96;

/**
 * Estimates how many of `all` people match, from the matches in a random sample. Bounds are Wilson's score interval,
 * which also holds for shares near 0 and 1. Source: E. B. Wilson, "Probable inference", JASA 22 (1927). A sample of
 * everybody is a count.
 */
export function estimated(fitting: number, sample: number, all: number): HowMany {
  if (sample === 0 || sample >= all) return counted(fitting);
  const share = fitting / sample;
  const spread = Z_OF_ESTIMATES ** 2 / sample;
  const middle = (share + spread / 2) / (1 + spread);
  const half =
    (Z_OF_ESTIMATES / (1 + spread)) * Math.sqrt((share * (1 - share)) / sample + spread / (4 * sample));
  const least = Math.max(fitting, Math.floor((middle - half) * all));
  const most = Math.min(all - (sample - fitting), Math.ceil((middle + half) * all));
  return { people: Math.round(share * all), exact: false, between: [least, most] };
}

/**
 * How a number of people is known: `fitting` of the `sample` contacts that were looked at, of `all` there are. Where
 * everybody was counted, all three are that number.
 */
export type Population = { fitting: number; sample: number; all: number };

export const wholePopulation = (people: number): Population => ({
  fitting: people,
  sample: people,
  all: people,
});

export const sizeOf = ({ fitting, sample, all }: Population): HowMany => estimated(fitting, sample, all);

/** What a figure about `judged` people stands for: a sample of so many, of `all`. */
export type SampleBasis = { sample: number; all: number };

/**
 * The basis of figures about the first `judged` people of a population. Ids are random, so these people are the
 * matches in a part of the sample, and the part is as large as their share.
 */
export const basisOf = ({ fitting, sample, all }: Population, judged: number): SampleBasis => ({
  sample: fitting === 0 ? sample : Math.round((sample * judged) / fitting),
  all,
});

/** Scales a figure about the judged people up to everybody. */
export const scaledUp = (hits: number, { sample, all }: SampleBasis): HowMany => estimated(hits, sample, all);

/** A sum over people, such as of parts: exact, or estimated with bounds. */
export type Total = { sum: number; exact: boolean; between: [least: number, most: number] };

/**
 * Sums amounts over people, by how many of the judged people have each amount. Each group has the bounds of its share
 * (`estimated`). The bounds of the sum add all lower and all upper ones, so they are wider than 95 % asks for.
 */
export function totalOf(people: ReadonlyMap<number, number>, basis: SampleBasis): Total {
  const groups = [...people].map(([amount, hits]) => ({ amount, howMany: scaledUp(hits, basis) }));
  const add = (of: (howMany: HowMany) => number): number =>
    groups.reduce((sum, { amount, howMany }) => sum + amount * of(howMany), 0);
  return {
    sum: add(({ people: all }) => all),
    exact: groups.every(({ howMany }) => howMany.exact),
    between: [add(({ between: [least] }) => least), add(({ between: [, most] }) => most)],
  };
}

/**
 * Divides a number of people among groups in the shares of `hits`, so that the parts add up to it exactly: each group
 * gets its share rounded down, and those with the largest remainders one more. All zero where nobody was looked at.
 */
export function apportioned(people: number, hits: readonly number[]): number[] {
  const looked = hits.reduce((sum, count) => sum + count, 0);
  if (looked === 0) return hits.map(() => 0);
  const shares = hits.map((count) => (people * count) / looked);
  const parts = shares.map(Math.floor);
  const rest = people - parts.reduce((sum, part) => sum + part, 0);
  const byRemainder = shares
    .map((share, at) => ({ at, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.at - b.at);
  for (const { at } of byRemainder.slice(0, rest)) parts[at] = (parts[at] ?? 0) + 1;
  return parts;
}
