import { createHash } from 'node:crypto';
import { DAY_MS, later } from '../durations.ts';

/** The part of a campaign that decides how long a test waits for its late messages. */
type TestFlight = {
  start: Date;
  /** When the campaign was started, or last resumed. */
  flownSince: Date;
  spreadMs: number;
};

/**
 * The choice of a winner does not wait for test messages that are due later than this moment. One day after the
 * spread, quiet hours have ended everywhere and a carrier's next day has begun. A message that is postponed for
 * longer may be postponed without end, and everybody else would wait with it.
 */
export function awaitedUntil({ start, flownSince, spreadMs }: TestFlight): Date {
  return new Date(later(start, flownSince).getTime() + spreadMs + DAY_MS);
}

/** `share`: percent of the people outside the holdout. */
type Variant = { id: string; template: string; share: number };

export type Split = {
  variants: Variant[];
  /** Percent of the whole audience that gets nothing. */
  holdout: number;
  /**
   * An A/B test: a part of the audience gets the variants first, and the rest gets the winner. Null: the whole
   * audience is split at once.
   */
  test: {
    /** Percent of the people outside the holdout. */
    share: number;
    waitMinutes: number;
    /**
     * What decides the winner: an event's type, `reply` or `opt-out`. The fewest opt-outs win, the most of
     * everything else.
     */
    by: string;
  } | null;
};

export const HOLDOUT = 'holdout';

/** True where the holdout is the only reason why a person gets no message. */
export const isHeldOut = (decision: { reasons: readonly string[] } | null): boolean =>
  decision !== null && decision.reasons.length === 1 && decision.reasons[0] === HOLDOUT;

/** What is wrong with a split: the path of the field, and why. */
type SplitFault = { field: string; why: string };

export function splitFault({ variants, holdout, test }: Split): SplitFault | null {
  const sum = variants.reduce((total, { share }) => total + share, 0);
  if (sum !== 100) {
    return { field: 'split.variants', why: `The shares add up to ${sum} %; they must add up to 100.` };
  }
  const ids = variants.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) return { field: 'split.variants', why: 'Two have one id.' };
  if (ids.includes(HOLDOUT))
    return {
      field: 'split.variants',
      why: `"${HOLDOUT}" is reserved for the group that gets nothing. Choose another id.`,
    };
  if (test !== null && variants.length < 2) {
    return { field: 'split.test', why: 'A test needs at least two variants.' };
  }
  if (variants.length < 2 && holdout === 0) {
    return {
      field: 'split',
      why: 'One variant for everyone is no split. Leave "split" out, or set a holdout.',
    };
  }
  return null;
}

/**
 * The variant that a person gets, or `holdout`; null: the person is not planned in this phase. Before a winner is
 * chosen, the people outside the test wait; afterwards only they are planned. A hash decides, so every call gives
 * the same answer, and no person can choose their variant.
 */
export function groupOf(
  { variants, holdout, test }: Split,
  winner: string | null,
  key: { campaign: string; person: string },
): string | null {
  if (percentOf('holdout', key) < holdout) return winner === null ? HOLDOUT : null;
  if (test !== null && percentOf('test', key) >= test.share) return winner;
  if (winner !== null) return null;
  const drawn = percentOf('variant', key);
  let upTo = 0;
  for (const { id, share } of variants) {
    upTo += share;
    if (drawn < upTo) return id;
  }
  return variants.at(-1)?.id ?? null;
}

/**
 * Margin of `mostIn`, in standard deviations above the mean. A share exceeds the margin once in thirty thousand
 * campaigns.
 */
const MARGIN = 4;

/**
 * The most people that a share of a split, in percent of all, is expected to get. People fall into a share by a
 * hash, so the exact number varies.
 */
export function mostIn(people: number, share: number): number {
  const part = share / 100;
  if (part >= 1) return people;
  const mean = people * part;
  return Math.min(people, Math.ceil(mean + MARGIN * Math.sqrt(mean * (1 - part))));
}

/**
 * The largest percentage of all people that may get the words of one variant. With a test that is everybody outside
 * the holdout, since each variant may win.
 */
export const shareOf = ({ holdout, test }: Split, { share }: Variant): number =>
  ((100 - holdout) * (test === null ? share : 100)) / 100;

/**
 * The template of a campaign for people who missed this one: the requested variant's, otherwise the winner's,
 * otherwise the only one's. A fault where none of these applies.
 */
export function makeUpWords(
  { template, split }: { template: string; split: Pick<Split, 'variants'> | null },
  { winner, variant }: { winner: string | null; variant: string | null },
): { template: string } | SplitFault {
  const no = (why: string): SplitFault => ({ field: 'variant', why });
  if (split === null)
    return variant === null ? { template } : no('The campaign was not split. Leave "variant" out.');
  const [only, ...more] = split.variants;
  const wanted = variant ?? winner ?? (more.length === 0 ? only?.id : null);
  const found = split.variants.find(({ id }) => id === wanted);
  if (found !== undefined) return { template: found.template };
  const ids = split.variants.map(({ id }) => id).join(', ');
  return variant === null
    ? no(`The campaign was sent in several variants. Name one in "variant": ${ids}.`)
    : no(`The campaign has no such variant. It has: ${ids}.`);
}

/**
 * An even number from 0 to below 100. The `question` is part of the hash, so that the holdout, the test and the
 * variant are drawn independently.
 */
function percentOf(question: string, { campaign, person }: { campaign: string; person: string }): number {
  const hash = createHash('sha256').update(`${question} ${campaign} ${person}`).digest();
  return (hash.readUInt32BE(0) / 2 ** 32) * 100;
}

/** The people of one variant, and how many of them did what the test counts. */
type Tally = { id: string; people: number; hits: number };

/**
 * The variant with the best rate; the first one of equals. A variant that reached nobody cannot win. Null: no
 * variant reached anybody.
 */
export function winnerOf(by: string, tallies: readonly Tally[]): Tally | null {
  const sign = by === 'opt-out' ? -1 : 1;
  const rate = ({ people, hits }: Tally): number => (sign * hits) / people;
  return tallies
    .filter(({ people }) => people > 0)
    .reduce<Tally | null>((best, tally) => (best === null || rate(tally) > rate(best) ? tally : best), null);
}
