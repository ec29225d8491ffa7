import type { Violation } from '../scenario.ts';
import { type Asides, COUNTS, type Count, type Found } from './reconcile.ts';

/** All steps of a run together. */
export type Sum = {
  steps: number;
  deaths: number;
  freezes: number;
  counts: Record<Count, number>;
  /** The first few of each count. */
  samples: Found;
  asides: Omit<Asides, 'ages'> & {
    /** Messages that were already at the carrier, and the age of the oldest, ms. */
    aged: number;
    oldest: number;
  };
};

const SAMPLES = 3;

const NAMES = Object.keys(COUNTS) as Count[];

const perCount = <T>(make: () => T): Record<Count, T> =>
  Object.fromEntries(NAMES.map((name) => [name, make()])) as Record<Count, T>;

export const emptySum = (): Sum => ({
  ...{ steps: 0, deaths: 0, freezes: 0 },
  counts: perCount(() => 0),
  samples: perCount(() => []),
  asides: {
    stops: 0,
    sends: 0,
    blocked: 0,
    frozen: 0,
    readLate: 0,
    unknown: 0,
    spooled: 0,
    replayed: 0,
    highestSpeed: 0,
    aged: 0,
    oldest: 0,
  },
});

export function addStep(sum: Sum, found: Found, asides: Asides): void {
  sum.steps += 1;
  for (const name of NAMES) {
    sum.counts[name] += found[name].length;
    sum.samples[name] = [...sum.samples[name], ...found[name]].slice(0, SAMPLES);
  }
  const before = sum.asides;
  sum.asides = {
    stops: before.stops + asides.stops,
    sends: before.sends + asides.sends,
    blocked: before.blocked + asides.blocked,
    frozen: before.frozen + asides.frozen,
    readLate: before.readLate + asides.readLate,
    unknown: before.unknown + asides.unknown,
    spooled: before.spooled + asides.spooled,
    replayed: before.replayed + asides.replayed,
    highestSpeed: Math.max(before.highestSpeed, asides.highestSpeed),
    aged: before.aged + asides.ages.length,
    oldest: asides.ages.reduce((most, age) => Math.max(most, age), before.oldest),
  };
}

/** "all counts 0", or those that are not. */
export function wrongIn(found: Found): string {
  const wrong = NAMES.filter((name) => found[name].length > 0);
  return wrong.map((name) => `${found[name].length} ${name}`).join(', ') || 'all counts 0';
}

export const violationsOf = ({ counts, samples }: Sum): Violation[] =>
  NAMES.map((name) => {
    const some = samples[name].length === 0 ? '' : `: ${samples[name].join('; ')}`;
    return { name, words: `${COUNTS[name]}${some}`, count: counts[name] };
  });

export function factLines({ asides, deaths, freezes, steps }: Sum): string[] {
  const { stops, sends, blocked, frozen, readLate, unknown, spooled, replayed, highestSpeed, aged, oldest } =
    asides;
  return [
    `  ${steps} steps: ${deaths} kills, ${freezes} freezes, ${stops} STOPs, ${sends} messages at the carrier`,
    `  ${unknown} unknown outcomes, all in flight at a kill or freeze; busiest second ${highestSpeed.toFixed(3)} of a limit`,
    `  ${blocked} refusals of the carrier say that the person stopped`,
    `  ${spooled} texts answered with silence from the spool; ${replayed} texts came in by it`,
    `  ${frozen} hand-overs of a process frozen between its check and its write, after an answer to a STOP`,
    `  ${readLate} hand-overs that were over before an answer to a STOP, and that the carrier's process read after it`,
    `  ${aged} messages already at the carrier reached a handset after the answer, the oldest ${oldest.toFixed(0)} ms`,
  ];
}
