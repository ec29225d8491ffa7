import { type Interval, wilson } from '../statistics.ts';

/** States of messages that were sent, or may have been. */
export const OUTCOMES = ['accepted', 'sent', 'delivered', 'undelivered', 'failed', 'unknown'] as const;
export type DeliveryOutcome = (typeof OUTCOMES)[number];

/** Messages of one group by state. `steps`: the delivered ones by the step of their delivery time. */
export type DeliveryTally = Record<DeliveryOutcome, number> & { steps: Record<string, number> };

/** A number of messages of a group with the same state. `step`: for delivered ones only. */
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
 * Delivery times are stored as steps, four per doubling from one second on, so that days can be added up and a
 * median over many days is as good as one over one day: within a tenth of the true one.
 */
export const STEPS_A_DOUBLING = 4;

/** The median of steps, in s; null without any. Times within the first step count as one second. */
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

/** Shares of the messages that ended. `waiting`: the carrier has not reported yet. */
type Shares = {
  handedOver: number;
  waiting: number;
  settled: number;
  share: (Record<'delivered' | 'undelivered' | 'failed' | 'unknown', number> & { interval: Interval }) | null;
};

/** Null shares when nothing has ended. The interval is that of the delivered share, 95 % (Wilson). */
export function sharesOf(tally: DeliveryTally): Shares {
  const handedOver = OUTCOMES.reduce((sum, state) => sum + tally[state], 0);
  const waiting = tally.accepted + tally.sent;
  const settled = handedOver - waiting;
  if (settled === 0) return { handedOver, waiting, settled, share: null };
  const shareOf = (count: number): number => count / settled;
  const share = {
    delivered: shareOf(tally.delivered),
    undelivered: shareOf(tally.undelivered),
    failed: shareOf(tally.failed),
    unknown: shareOf(tally.unknown),
    interval: wilson({ hits: tally.delivered, people: settled }),
  };
  return { handedOver, waiting, settled, share };
}

/** States of messages that were sent, or may have been. */
export const HANDED_OVER_STATES = OUTCOMES;
