import type { LeafOf } from '../tree.ts';

type Did = LeafOf<'did'>;

/**
 * Whether whoever matches the first surely matches the second. In a longer time people did a thing as often or more; only
 * of one and the same time is there a most, and a sum, since amounts may be below 0.
 */
export function didImplies(one: Did, other: Did): boolean {
  if (one.event !== other.event || !isWithinTime(one, other)) return false;
  const { times = 1, timesAtMost, sum, sumAtMost } = other;
  const needsSame = timesAtMost !== undefined || sum !== undefined || sumAtMost !== undefined;
  return (
    (!needsSame || isWithinTime(other, one)) &&
    (one.times ?? 1) >= times &&
    (one.timesAtMost ?? Infinity) <= (timesAtMost ?? Infinity) &&
    (one.sum ?? -Infinity) >= (sum ?? -Infinity) &&
    (one.sumAtMost ?? Infinity) <= (sumAtMost ?? Infinity)
  );
}

/** Whether nobody matches both: one asks for more than the other lets through. */
export const areDidApart = (one: Did, other: Did): boolean =>
  one.event === other.event && (exceeds(one, other) || exceeds(other, one));

function exceeds(one: Did, other: Did): boolean {
  if (!isWithinTime(one, other)) return false;
  if ((one.times ?? 1) > (other.timesAtMost ?? Infinity)) return true;
  return isWithinTime(other, one) && (one.sum ?? -Infinity) > (other.sumAtMost ?? Infinity);
}

const [FIRST, LAST] = ['', '~'];

/** Whether all days of the first lie in the second, for ever: days counted from today are not held against dates. */
function isWithinTime(one: Did, other: Did): boolean {
  return (
    (one.days ?? Infinity) <= (other.days ?? Infinity) &&
    (one.since ?? FIRST) >= (other.since ?? FIRST) &&
    (one.before ?? LAST) <= (other.before ?? LAST)
  );
}
