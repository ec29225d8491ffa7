import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import { mask } from '../domain/numbers.ts';
import type { Filter } from '../domain/segments/clauses/clause.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved, Tree } from '../domain/segments/tree.ts';
import {
  basisOf,
  counted,
  estimated,
  type HowMany,
  type Population,
  type SampleBasis,
  sizeOf,
  wholePopulation,
} from '../domain/statistics.ts';
import {
  contactsAfter,
  contactsInAll,
  type Gathered,
  gatherAudience,
  readJudged,
  type Sampled,
  sampleAudience,
  sampleStretches,
} from '../store/contacts/audience.ts';
import type { Store } from '../store/store.ts';
import { assessEligibility, type Eligibility, type MessageSubject } from './eligibility.ts';
import { readSentenceWriter, resolveTree } from './segments.ts';
import { notesOnValues, type SegmentNote } from './unknown-values.ts';

/** The least matches in a sample: the estimate is then right within a tenth, 95 times in a hundred. */
const LEAST_FITTING = 400;

/**
 * Estimates the size of an audience from a fair sample of all contacts, with some ids; null where too few of the
 * sample match. `after`: only contacts after this one belong to the audience. `spread`: the sample comes from the
 * whole range of ids.
 */
export async function estimateAudience(
  store: Store,
  who: Filter,
  { of, some, after = null, spread = false }: EstimateAsked,
): Promise<(Gathered & { population: Population }) | null> {
  const [sampled, contacts] = await Promise.all([
    spread ? sampleStretches(store, who, { of, some }) : sampleAudience(store, [who], { of, some, after }),
    after === null ? contactsInAll(store) : contactsAfter(store, after),
  ]);
  const [fitting = 0] = sampled.fitting;
  const { of: sample, ids } = sampled;
  // A sample of all contacts is a count.
  if (fitting < LEAST_FITTING && sample < contacts) return null;
  const population = { fitting, sample, all: Math.max(sample, contacts) };
  return { people: sizeOf(population).people, ids, population };
}

/** `of`: contacts to sample. `some`: the most ids to return. A spread sample is one of all contacts. */
type EstimateAsked = { of: number; some: number } & (
  | { after?: string | null; spread?: false }
  | { after?: null; spread: true }
);

/** Contacts sampled for an estimate, some 20 µs each in MongoDB. If 2 in 100 match, the sample finds 40. */
const SAMPLE = 2000;

/** Time limits of a count, ms: before an estimate replaces it, and for an exact count. */
const QUICK_MS = 100;
const EXACT_MS = 10_000;

/** How long clauses are counted exactly, one after the other, ms from the beginning. */
const CLAUSES_MS = 3500;

/** Where more than this share of the contacts match, a count scans the collection: an index would cost more. */
const MOST = 0.2;

/** The most people checked one by one, for an estimate and for a count. */
const MOST_JUDGED = { quick: 200, exact: 2000 };

/** The most clauses for which the remaining people are counted; each takes a query. */
const MOST_CLAUSES = 20;

const SAMPLES = 20;

export type Preview = {
  matches: HowMany;
  /** People left after each clause of an `all` group, in order; at most the first twenty. */
  remaining: HowMany[];
  judged: Omit<Eligibility, 'samples'>;
  /** What the figures of `judged` stand for. */
  basis: SampleBasis;
  samples: { id: string; masked: string }[];
};

type PreviewAsked = { about: MessageSubject; exact: boolean };

/** More contacts match than can be counted in the time that a person waits. */
export class CountTookLong extends Error {
  override name = 'CountTookLong';
}

/** A preview in words: the sentence of the tree, and of each clause of an `all` group. */
type DescribedPreview = Preview & { sentence: string; clauses: string[]; notes: SegmentNote[] };

/**
 * Previews whom a tree that somebody writes would reach. Writes an audit entry, because the counts tell about
 * people. Throws `InvalidSegment` or `CountTookLong`.
 */
export async function previewSegment(
  context: AppContext,
  { actor, tree, ...asked }: PreviewAsked & { actor: Actor; tree: Tree },
): Promise<DescribedPreview> {
  const { book } = context.catalog.current();
  const resolved = await resolveTree(context.store, book, tree, context.now());
  const [seen, notes] = await Promise.all([
    previewAudience(context, resolved, asked),
    notesOnValues(context, tree, resolved),
  ]);
  const details = { matches: seen.matches.people };
  await recordAudit(context, { actor, act: 'audience-previewed', subject: null, details });
  const say = await readSentenceWriter(context.store, book, [tree, resolved]);
  const clauses = resolved.kind === 'all' ? resolved.of.map(say) : [];
  return { ...seen, sentence: say(tree), clauses, notes };
}

/**
 * Previews whom a segment reaches now, and who of them may get a message. Stores nothing. Where a count takes too
 * long, it is estimated, unless `exact` is set. Throws `CountTookLong`.
 */
export async function previewAudience(
  context: AppContext,
  tree: Resolved,
  asked: PreviewAsked,
): Promise<Preview> {
  const [now, began] = [context.now(), context.monotonic()];
  const who = compile(tree, now);
  const filters = filtersOf(tree, now);
  const sample = sampleAudience(context.store, [...filters, who], { of: SAMPLE, some: MOST_JUDGED.quick });
  const [gathered, sampled, all] = await Promise.all([
    asked.exact
      ? sample.then((seen) => countAll(context, who, isMost(seen, filters.length)))
      : countQuickly(context, who),
    sample,
    contactsInAll(context.store),
  ]);
  // A sample that is not full contains all contacts.
  const until = began + CLAUSES_MS;
  const inAll = sampled.of < SAMPLE ? sampled.of : all;
  const numbers = numbersOf(gathered, sampled, inAll);
  const people = await readJudged(context.store, (gathered ?? sampled).ids);
  const { samples, ...judged } = await assessEligibility(
    context,
    people,
    { ...asked, who, samples: SAMPLES },
    now,
  );
  const remaining = asked.exact
    ? await countClauses(context, { filters, sampled, estimates: numbers.remaining, until })
    : numbers.remaining;
  return {
    matches: numbers.matches,
    // The last clause leaves the matches of the whole tree.
    remaining:
      tree.kind === 'all' && tree.of.length <= MOST_CLAUSES ? [...remaining, numbers.matches] : remaining,
    judged,
    basis: basisOf(populationOf(gathered, sampled, inAll), judged.of),
    samples: samples.map(({ id, number }) => ({ id, masked: mask(number) })),
  };
}

const populationOf = (gathered: Gathered | null, { of, fitting }: Sampled, all: number): Population =>
  gathered === null
    ? { fitting: fitting.at(-1) ?? 0, sample: of, all: Math.max(of, all) }
    : wholePopulation(gathered.people);

const countQuickly = (context: Pick<AppContext, 'store'>, who: Filter): Promise<Gathered | null> =>
  gatherAudience(context.store, who, { some: MOST_JUDGED.quick, budgetMs: QUICK_MS, most: false });

async function countAll(context: Pick<AppContext, 'store'>, who: Filter, most: boolean): Promise<Gathered> {
  const asked = { some: MOST_JUDGED.exact, budgetMs: EXACT_MS, most };
  const gathered = await gatherAudience(context.store, who, asked);
  if (gathered === null) throw new CountTookLong();
  return gathered;
}

/** Filters for the first clause, the first two, and so on, without the whole tree. */
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
  const numbers = fitting.map((fit) => estimated(fit, of, all));
  const last = numbers.at(-1) ?? counted(0);
  const matches = gathered === null ? last : counted(gathered.people);
  // No prefix of the clauses can leave fewer people than all clauses together.
  const remaining = numbers.slice(0, -1).map((number) => atLeast(number, matches));
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

/** Counts clause by clause while there is time. The others stay estimates, marked as such. */
async function countClauses(
  context: Pick<AppContext, 'monotonic' | 'store'>,
  { filters, sampled, estimates, until }: Clauses,
): Promise<HowMany[]> {
  const numbers: HowMany[] = [];
  for (const [at, filter] of filters.entries()) {
    const estimate = estimates[at] ?? counted(0);
    const budgetMs = Math.floor(until - context.monotonic());
    const asked = { some: 1, budgetMs, most: isMost(sampled, at) };
    const found = estimate.exact || budgetMs < 1 ? null : await gatherAudience(context.store, filter, asked);
    numbers.push(found === null ? estimate : counted(found.people));
  }
  return numbers;
}
