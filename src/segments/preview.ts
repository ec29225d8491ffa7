import type { AppContext } from '../consent/app-context.ts';
import { mask } from '../domain/numbers.ts';
import type { Filter } from '../domain/segments/clauses/clause.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { counted, estimated, type HowMany } from '../domain/statistics.ts';
import {
  contactsInAll,
  type Gathered,
  gatherAudience,
  readJudged,
  type Sampled,
  sampleAudience,
} from '../store/contacts/audience.ts';
import type { Store } from '../store/store.ts';
import { assessEligibility, type Eligibility, type MessageSubject } from './eligibility.ts';

/** So many of a sample must fit: the estimate is then right within a tenth, 95 times in a hundred. */
const LEAST_FITTING = 400;

/** How many fit, by a fair sample of all contacts, with some of their ids; null where hardly anybody of it fits. */
export async function estimateAudience(
  store: Store,
  who: Filter,
  asked: { of: number; some: number },
): Promise<Gathered | null> {
  const [{ of, fitting, ids }, all] = await Promise.all([
    sampleAudience(store, [who], asked),
    contactsInAll(store),
  ]);
  const [fit = 0] = fitting;
  // A sample of everybody is a count.
  if (fit < LEAST_FITTING && of < all) return null;
  return { people: estimated(fit, of, all).people, ids };
}

/** Contacts of which an estimate is made, some 20 µs each in the database; of 2 in 100 that fit it finds 40. */
const SAMPLE = 2000;

/** How long a count may take before an estimate is told instead, ms; and one that was asked for as such. */
const QUICK_MS = 100;
const EXACT_MS = 10_000;

/** Until when clauses are counted, one after the other, where exact numbers were asked for, ms from the beginning. */
const CLAUSES_MS = 3500;

/** From this share of all contacts on they are read as they lie. */
const MOST = 0.2;

/** Most people judged one by one, of an estimate and of a count. */
const MOST_JUDGED = { quick: 200, exact: 2000 };

/** Clauses of which it is told how many are left: each is another question to the database. */
const MOST_CLAUSES = 20;

const SAMPLES = 20;

export type Preview = {
  matches: HowMany;
  /** People left after each clause of a tree whose clauses must all hold, in their order; of the first twenty. */
  remaining: HowMany[];
  judged: Omit<Eligibility, 'samples'>;
  samples: { id: string; masked: string }[];
};

type PreviewAsked = { about: MessageSubject; exact: boolean };

/** More contacts fit than can be counted in the time that somebody waits. */
export class CountTookLong extends Error {
  override name = 'CountTookLong';
}

/**
 * Who a segment reaches now, and who of them may get a message. Nothing is kept. Where the count takes longer than a
 * person waits for, it is estimated, unless `exact` asks to wait. Throws `CountTookLong`.
 */
export async function previewAudience(
  desk: AppContext,
  tree: Resolved,
  asked: PreviewAsked,
): Promise<Preview> {
  const [now, began] = [desk.now(), desk.monotonic()];
  const who = compile(tree, now);
  const filters = filtersOf(tree, now);
  const sample = sampleAudience(desk.store, [...filters, who], { of: SAMPLE, some: MOST_JUDGED.quick });
  const [gathered, sampled, all] = await Promise.all([
    asked.exact
      ? sample.then((seen) => countAll(desk, who, isMost(seen, filters.length)))
      : countQuickly(desk, who),
    sample,
    contactsInAll(desk.store),
  ]);
  // A sample that is not full is everybody.
  const numbers = numbersOf(gathered, sampled, sampled.of < SAMPLE ? sampled.of : all);
  const people = await readJudged(desk.store, (gathered ?? sampled).ids);
  const { samples, ...judged } = await assessEligibility(
    desk,
    people,
    { ...asked, who, samples: SAMPLES },
    now,
  );
  const remaining = asked.exact
    ? await countClauses(desk, { filters, sampled, estimates: numbers.remaining, until: began + CLAUSES_MS })
    : numbers.remaining;
  return {
    matches: numbers.matches,
    // The last clause leaves those who fit the whole.
    remaining:
      tree.kind === 'all' && tree.of.length <= MOST_CLAUSES ? [...remaining, numbers.matches] : remaining,
    judged,
    samples: samples.map(({ id, number }) => ({ id, masked: mask(number) })),
  };
}

const countQuickly = (desk: AppContext, who: Filter): Promise<Gathered | null> =>
  gatherAudience(desk.store, who, { some: MOST_JUDGED.quick, budgetMs: QUICK_MS, most: false });

async function countAll(desk: AppContext, who: Filter, most: boolean): Promise<Gathered> {
  const asked = { some: MOST_JUDGED.exact, budgetMs: EXACT_MS, most };
  const gathered = await gatherAudience(desk.store, who, asked);
  if (gathered === null) throw new CountTookLong();
  return gathered;
}

/** The tree with its first clause alone, with its first two, and so on, but not whole. */
function filtersOf(tree: Resolved, now: Date): Filter[] {
  if (tree.kind !== 'all') return [];
  const most = Math.min(tree.of.length - 1, MOST_CLAUSES);
  return Array.from({ length: most }, (_, at) => compile({ kind: 'all', of: tree.of.slice(0, at + 1) }, now));
}

function numbersOf(
  gathered: Gathered | null,
  { of, fitting }: Sampled,
  all: number,
): Pick<Preview, 'matches' | 'remaining'> {
  const numbers = fitting.map((one) => estimated(one, of, all));
  const last = numbers.at(-1) ?? counted(0);
  const matches = gathered === null ? last : counted(gathered.people);
  // None of the clauses leaves fewer than all of them together.
  const remaining = numbers.slice(0, -1).map((one) => atLeast(one, matches));
  return { matches, remaining };
}

function atLeast({ people, exact, between: [least, most] }: HowMany, matches: HowMany): HowMany {
  const floor = matches.exact ? matches.people : 0;
  return {
    people: Math.max(people, floor),
    exact,
    between: [Math.max(least, floor), Math.max(most, floor)],
  };
}

const isMost = ({ of, fitting }: Sampled, at: number): boolean => (fitting[at] ?? 0) > of * MOST;

type Clauses = {
  filters: readonly Filter[];
  sampled: Sampled;
  estimates: readonly HowMany[];
  until: number;
};

/** One clause after the other while there is time; what was not reached stays an estimate, and says so. */
async function countClauses(
  desk: AppContext,
  { filters, sampled, estimates, until }: Clauses,
): Promise<HowMany[]> {
  const numbers: HowMany[] = [];
  for (const [at, filter] of filters.entries()) {
    const estimate = estimates[at] ?? counted(0);
    const budgetMs = Math.floor(until - desk.monotonic());
    const asked = { some: 1, budgetMs, most: isMost(sampled, at) };
    const found = estimate.exact || budgetMs < 1 ? null : await gatherAudience(desk.store, filter, asked);
    numbers.push(found === null ? estimate : counted(found.people));
  }
  return numbers;
}
