import { type Interval, wilson } from '../statistics.ts';

/** States of what was handed over, or may have been. */
export const OUTCOMES = ['accepted', 'sent', 'delivered', 'undelivered', 'failed', 'unknown'] as const;
export type DeliveryOutcome = (typeof OUTCOMES)[number];

/** Messages of one group by what became of them; `steps`: those delivered, by the step of the time it took. */
export type DeliveryTally = Record<DeliveryOutcome, number> & { steps: Record<string, number> };

/** So many messages of a group that ended alike; `step` of a delivered one alone. */
export type CountedOutcome = { key: string; state: DeliveryOutcome; step: number | null; count: number };

export const emptyTally = (): DeliveryTally => ({
  accepted: 0,
  sent: 0,
  delivered: 0,
  undelivered: 0,
  failed: 0,
  unknown: 0,
  steps: {},
});

export function tallied(counts: readonly CountedOutcome[]): Map<string, DeliveryTally> {
  const tallies = new Map<string, DeliveryTally>();
  for (const { key, state, step, count } of counts) {
    const tally = tallies.get(key) ?? emptyTally();
    tallies.set(key, tally);
    tally[state] += count;
    if (step !== null) tally.steps[step] = (tally.steps[step] ?? 0) + count;
  }
  return tallies;
}

export function sumOf(tallies: readonly DeliveryTally[]): DeliveryTally {
  const sum = emptyTally();
  for (const tally of tallies) {
    for (const state of OUTCOMES) sum[state] += tally[state];
    for (const [step, count] of Object.entries(tally.steps)) sum.steps[step] = (sum.steps[step] ?? 0) + count;
  }
  return sum;
}

/**
 * Times are kept as steps, four to a doubling from one second on, so that days add up and a median of many days is as
 * good as one of a day: within a tenth of the true one.
 */
export const STEPS_A_DOUBLING = 4;

/** The median of some steps, in s; null of none. Within the first step it is a second. */
export function medianSeconds(steps: Readonly<Record<string, number>>): number | null {
  const sorted = Object.entries(steps)
    .map(([step, count]) => [Number(step), count] as const)
    .sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  let before = 0;
  for (const [step, count] of sorted) {
    before += count;
    if (before * 2 >= all) return step === 0 ? 1 : rounded(2 ** ((step + 0.5) / STEPS_A_DOUBLING));
  }
  return null;
}

const rounded = (value: number): number => Number(value.toPrecision(3));

/** Messages that ended: the sample of every share. `waiting`: the carrier has not said yet. */
type Shares = {
  handedOver: number;
  waiting: number;
  settled: number;
  share: (Record<'delivered' | 'undelivered' | 'failed' | 'unknown', number> & { interval: Interval }) | null;
};

/** Null shares where nothing has ended. The interval is of the share delivered, 95 % (Wilson). */
export function sharesOf(tally: DeliveryTally): Shares {
  const handedOver = OUTCOMES.reduce((sum, state) => sum + tally[state], 0);
  const waiting = tally.accepted + tally.sent;
  const settled = handedOver - waiting;
  if (settled === 0) return { handedOver, waiting, settled, share: null };
  const of = (count: number): number => count / settled;
  const share = {
    delivered: of(tally.delivered),
    undelivered: of(tally.undelivered),
    failed: of(tally.failed),
    unknown: of(tally.unknown),
    interval: wilson({ hits: tally.delivered, people: settled }),
  };
  return { handedOver, waiting, settled, share };
}

/** States of what was handed over, or may have been. */
export const HANDED_OVER_STATES = OUTCOMES;
