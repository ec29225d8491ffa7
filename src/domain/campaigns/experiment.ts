import { createHash } from 'node:crypto';
import { DAY_MS, later } from '../durations.ts';

/** What of a campaign decides how long the messages of its test are waited for. */
type TestFlight = {
  start: Date;
  /** When it was started, or last resumed. */
  flownSince: Date;
  spreadMs: number;
};

/**
 * Messages of a test that are due later than this are not waited for before its winner is chosen. Within a day after
 * the spread hours have come that suit, and a carrier's next day has begun; what is put off for longer may be put off
 * without end, and everybody else would wait with it.
 */
export function awaitedUntil({ start, flownSince, spreadMs }: TestFlight): Date {
  return new Date(later(start, flownSince).getTime() + spreadMs + DAY_MS);
}

/** `share`: percent of those who are not held out. */
type Variant = { id: string; template: string; share: number };

export type Split = {
  variants: Variant[];
  /** Percent of everyone that gets nothing. */
  holdout: number;
  /** Tried on a part first: the rest gets what did best. Null: everyone is split at once. */
  test: {
    /** Percent of those not held out. */
    share: number;
    waitMinutes: number;
    /** An event's type; `reply` and `opt-out` are no events. The fewest opt-outs win, the most of everything else. */
    by: string;
  } | null;
};

export const HOLDOUT = 'holdout';

/** Whether a decision kept a message from somebody for no other reason than that they are held out. */
export const isHeldOut = (decision: { reasons: readonly string[] } | null): boolean =>
  decision !== null && decision.reasons.length === 1 && decision.reasons[0] === HOLDOUT;

/** Place of what is wrong, as a field's path, and why. */
type SplitFault = { field: string; why: string };

export function splitFault({ variants, holdout, test }: Split): SplitFault | null {
  const sum = variants.reduce((total, { share }) => total + share, 0);
  if (sum !== 100) {
    return { field: 'split.variants', why: `The shares add up to ${sum} %; they must to 100.` };
  }
  const ids = variants.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) return { field: 'split.variants', why: 'Two have one id.' };
  if (ids.includes(HOLDOUT))
    return { field: 'split.variants', why: `"${HOLDOUT}" is the group that gets nothing.` };
  if (test !== null && variants.length < 2) {
    return { field: 'split.test', why: 'A test needs at least two variants.' };
  }
  if (variants.length < 2 && holdout === 0) {
    return { field: 'split', why: 'One variant for everyone is no split: leave it out, or hold some out.' };
  }
  return null;
}

/**
 * The variant a person gets, or `holdout`; `null` where it is not their turn. Before a winner is chosen those outside
 * the test wait, afterwards only they have their turn. The same whenever it is asked, and nothing a person can choose.
 */
export function groupOf(
  { variants, holdout, test }: Split,
  winner: string | null,
  who: { campaign: string; person: string },
): string | null {
  if (percentOf('holdout', who) < holdout) return winner === null ? HOLDOUT : null;
  if (test !== null && percentOf('test', who) >= test.share) return winner;
  if (winner !== null) return null;
  const drawn = percentOf('variant', who);
  let upTo = 0;
  for (const { id, share } of variants) {
    upTo += share;
    if (drawn < upTo) return id;
  }
  return variants.at(-1)?.id ?? null;
}

/** Standard deviations above the mean that more people than this fall into a part once in thirty thousand campaigns. */
const MARGIN = 4;

/** How many of so many people a share of a split, in percent of all, has at most: they fall into it by a hash. */
export function mostIn(people: number, share: number): number {
  const part = share / 100;
  if (part >= 1) return people;
  const mean = people * part;
  return Math.min(people, Math.ceil(mean + MARGIN * Math.sqrt(mean * (1 - part))));
}

/** Percent of all people that get the words of a variant at most: all that are not held out where a test chooses it. */
export const shareOf = ({ holdout, test }: Split, { share }: Variant): number =>
  ((100 - holdout) * (test === null ? share : 100)) / 100;

/**
 * Which words a campaign is made up for in: the variant's that is asked for, else the winner's or the only one's. A fault
 * where that does not say it.
 */
export function makeUpWords(
  { template, split }: { template: string; split: Pick<Split, 'variants'> | null },
  { winner, variant }: { winner: string | null; variant: string | null },
): { template: string } | SplitFault {
  const no = (why: string): SplitFault => ({ field: 'variant', why });
  if (split === null) return variant === null ? { template } : no('It was not split: leave it out.');
  const [only, ...more] = split.variants;
  const wanted = variant ?? winner ?? (more.length === 0 ? only?.id : null);
  const found = split.variants.find(({ id }) => id === wanted);
  if (found !== undefined) return { template: found.template };
  const ids = split.variants.map(({ id }) => id).join(', ');
  return variant === null
    ? no(`It went out in several wordings. Say in "variant" which it is to be: ${ids}.`)
    : no(`It has no such variant. It has: ${ids}.`);
}

/** From 0 to below 100, evenly; the three questions are answered independently of each other. */
function percentOf(question: string, { campaign, person }: { campaign: string; person: string }): number {
  const hash = createHash('sha256').update(`${question} ${campaign} ${person}`).digest();
  return (hash.readUInt32BE(0) / 2 ** 32) * 100;
}

/** People of one variant, and those of them who did what counts. */
type Tally = { id: string; people: number; hits: number };

/** The variant that did best, the first of equals; a variant that reached nobody cannot. Null where none reached anyone. */
export function winnerOf(by: string, tallies: readonly Tally[]): Tally | null {
  const sign = by === 'opt-out' ? -1 : 1;
  const rate = ({ people, hits }: Tally): number => (sign * hits) / people;
  return tallies
    .filter(({ people }) => people > 0)
    .reduce<Tally | null>((best, one) => (best === null || rate(one) > rate(best) ? one : best), null);
}
