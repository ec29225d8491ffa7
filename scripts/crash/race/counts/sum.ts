import type { Violation } from '../../scenario.ts';
import { type Activity, COUNTS, type Count, type FoundByCount } from './reconcile.ts';

/** The sum of all steps of a run. */
export type Sum = {
  steps: number;
  deaths: number;
  freezes: number;
  counts: Record<Count, number>;
  /** The first few of each count. */
  samples: FoundByCount;
  /** Ages are in whole ms, the youngest first. */
  activity: Activity;
};

const SAMPLES = 3;

const NAMES = Object.keys(COUNTS) as Count[];

const perCount = <T>(make: () => T): Record<Count, T> =>
  Object.fromEntries(NAMES.map((name) => [name, make()])) as Record<Count, T>;

export const emptySum = (): Sum => ({
  ...{ steps: 0, deaths: 0, freezes: 0 },
  counts: perCount(() => 0),
  samples: perCount(() => []),
  activity: {
    ...{ stops: 0, holds: 0, sends: 0, staffAnswers: 0, staffSends: 0, blocked: 0, frozen: 0, readLate: 0 },
    ...{ stopsInFlight: 0, stopsRacing: 0, sendsInFlight: 0 },
    ...{ unknownInFlight: 0, unknownUnanswered: 0, inFlight: 0 },
    ...{ replies: 0, repliesUnknown: 0, repliesUnknownAtMost: 0, repliesExpired: 0, onceMore: 0 },
    ...{ spooled: 0, replayed: 0, listed: 0, ends: 0, highestSpeed: 0, ages: [], agesPaced: [] },
  },
});

export function addStep(sum: Sum, found: FoundByCount, activity: Activity): void {
  sum.steps += 1;
  for (const name of NAMES) {
    sum.counts[name] += found[name].length;
    sum.samples[name] = [...sum.samples[name], ...found[name]].slice(0, SAMPLES);
  }
  sum.activity = added(sum.activity, activity);
}

function added(before: Activity, { highestSpeed, ages, agesPaced, ...counts }: Activity): Activity {
  const sums = Object.entries(counts).map(([name, count]) => [
    name,
    before[name as keyof typeof counts] + count,
  ]);
  return {
    ...before,
    ...Object.fromEntries(sums),
    highestSpeed: Math.max(before.highestSpeed, highestSpeed),
    ages: inOrder(before.ages, ages),
    agesPaced: inOrder(before.agesPaced, agesPaced),
  };
}

const inOrder = (before: readonly number[], ages: readonly number[]): number[] =>
  [...before, ...ages.map(Math.round)].sort((a, b) => a - b);

/** Returns "all counts 0", or the counts that are not 0. */
export function summaryOf(found: FoundByCount): string {
  const wrong = NAMES.filter((name) => found[name].length > 0);
  return wrong.map((name) => `${found[name].length} ${name}`).join(', ') || 'all counts 0';
}

export const violationsOf = ({ counts, samples }: Sum): Violation[] =>
  NAMES.map((name) => {
    const some = samples[name].length === 0 ? '' : `: ${samples[name].join('; ')}`;
    return { name, words: `${COUNTS[name]}${some}`, count: counts[name] };
  });

export function factLines({ activity, counts, deaths, freezes, steps }: Sum): string[] {
  const { stops, holds, sends, staffAnswers, staffSends, blocked, frozen, readLate } = activity;
  const { spooled, replayed, ends, ages, agesPaced } = activity;
  const { unknownInFlight, unknownUnanswered, inFlight, highestSpeed, listed } = activity;
  const { stopsInFlight, stopsRacing, sendsInFlight } = activity;
  const { replies, repliesUnknown, repliesUnknownAtMost, repliesExpired, onceMore } = activity;
  const unknown = unknownInFlight + unknownUnanswered + counts.unknownForNothing;
  return [
    `  ${steps} steps: ${deaths} kills, ${freezes} freezes, ${stops} STOPs, ${sends} messages at the carrier`,
    `  in flight ${stopsInFlight} STOPs answered, ${stopsRacing} within moments of a message that it forbids, and ${sendsInFlight} messages after signing up`,
    `  ${holds} texts that may be an opt-out; ${staffSends} of ${staffAnswers} answers of staff at the carrier`,
    `  ${unknown} unknown outcomes: ${unknownInFlight} of ${inFlight} rows that were in flight at a kill or freeze, ${unknownUnanswered} that the carrier did not answer in time, ${counts.unknownForNothing} for nothing`,
    `  ${replies} replies planned: ${repliesUnknown} of them, at most ${repliesUnknownAtMost}, in flight at a kill or freeze and unknown since, ${repliesExpired} to texts that came too late; ${onceMore} required answers twice`,
    `  busiest second ${highestSpeed.toFixed(3)} of a limit`,
    `  ${blocked} refusals of the carrier say that the person stopped`,
    `  ${spooled} texts answered while they lay in the spool; ${replayed} texts came in by it, and ${listed} by the carrier's list`,
    `  ${frozen} hand-overs of a process frozen between its check and its write, after an answer to a STOP`,
    `  ${readLate} hand-overs that were over before an answer to a STOP, and that the carrier's process read after it`,
    `  ${ages.length} messages already at the carrier reached a handset after the answer${agesIn(ages)}`,
    `  ${agesPaced.length} of them of senders that get receipts${agesIn(agesPaced)}`,
    `  ${ends} rows of whose end a receipt was acknowledged: each must have it`,
  ];
}

const agesIn = (ages: readonly number[]): string => {
  const at = (share: number): number => ages[Math.ceil(share * ages.length) - 1] ?? 0;
  return ages.length === 0 ? '' : `: ages ${at(0.5)} ms (median), ${at(0.99)} (p99), ${at(1)} (the oldest)`;
};
