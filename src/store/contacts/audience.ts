import type { Document, Filter } from 'mongodb';
import { isTimeLimit } from '../database-errors.ts';
import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/** Longest time a count may take that somebody asked for and waits for, ms. */
export const COUNT_MS = 25_000;

/** The same where somebody only looks at what would be, ms. */
export const LOOK_MS = 5000;

/** Longest time one question about an audience may take in the database, ms. */
const BUDGET_MS = 10_000;

/** Contacts that one step of a page looks at, and most steps of one page: so one page takes a second at most. */
const STEP = 10_000;
const MOST_STEPS = 10;

/** Whoever was erased is in no audience: their number can be read no more. */
const reachable = (who: Document): Filter<ContactDoc> => ({ $and: [who, { sealed: { $ne: null } }] });

/** How many contacts fit, counted up to `most`. Rejects where the database takes longer than `budgetMs`. */
export async function countAudience(
  store: Store,
  who: Document,
  { most = null, budgetMs = COUNT_MS }: { most?: number | null; budgetMs?: number } = {},
): Promise<number> {
  const limit = most === null ? {} : { limit: most };
  return store.contacts.countDocuments(reachable(who), { ...limit, maxTimeMS: budgetMs });
}

/** `to`: up to where contacts were looked at; `complete`: there is none behind it. */
export type AudiencePage = { people: ContactDoc[]; to: string | null; complete: boolean };

/**
 * The next contacts that fit, in the order of their ids. It looks at a bounded stretch of contacts, however few of
 * them fit: a page may hold fewer than asked, or none, and others follow all the same.
 */
export async function readAudience(
  store: Store,
  who: Document,
  page: { after: string | null; limit: number },
): Promise<AudiencePage> {
  const people: ContactDoc[] = [];
  let to = page.after;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const end = await endOfStep(store, to);
    const stretch = [
      ...(to === null ? [] : [{ _id: { $gt: to } }]),
      ...(end === null ? [] : [{ _id: { $lte: end } }]),
    ];
    const found = await store.contacts
      .find({ $and: [reachable(who), ...stretch] } as Filter<ContactDoc>, {
        maxTimeMS: BUDGET_MS,
        hint: { _id: 1 },
      })
      .sort({ _id: 1 })
      .limit(page.limit - people.length)
      .toArray();
    people.push(...found);
    if (people.length === page.limit) return { people, to: found.at(-1)?._id ?? to, complete: false };
    if (end === null) return { people, to: found.at(-1)?._id ?? to, complete: true };
    to = end;
  }
  return { people, to, complete: false };
}

/** The last id of the next step; null where fewer contacts than one step are left. Read from the index alone. */
async function endOfStep(store: Store, after: string | null): Promise<string | null> {
  const [end] = await store.contacts
    .find(after === null ? {} : { _id: { $gt: after } }, { projection: { _id: 1 }, hint: { _id: 1 } })
    .sort({ _id: 1 })
    .skip(STEP - 1)
    .limit(1)
    .toArray();
  return end?._id ?? null;
}

/** How many fit, and the first of their ids: ids are random, so they are a fair sample. */
export type Gathered = { people: number; ids: string[] };

/**
 * One pass over all that fit; null where the database needs longer than the budget. `most`: where most contacts fit,
 * reading them as they lie costs half of what an index does that leads to each.
 */
export async function gatherAudience(
  store: Store,
  who: Document,
  asked: { some: number; budgetMs: number; most: boolean },
): Promise<Gathered | null> {
  const $group = { _id: null, people: { $sum: 1 }, ids: { $minN: { input: '$_id', n: asked.some } } };
  try {
    const [found] = await store.contacts
      .aggregate<Gathered>([{ $match: reachable(who) }, { $group }], {
        maxTimeMS: asked.budgetMs,
        ...(asked.most ? { hint: { $natural: 1 } } : {}),
      })
      .toArray();
    return { people: found?.people ?? 0, ids: (found?.ids ?? []).sort() };
  } catch (error) {
    if (isTimeLimit(error)) return null;
    throw error;
  }
}

/** Of `of` contacts taken blindly: how many fit each filter, and ids of those that fit the last. */
export type Sampled = { of: number; fitting: number[]; ids: string[] };

export async function sampleAudience(
  store: Store,
  filters: readonly Document[],
  asked: { of: number; some: number },
): Promise<Sampled> {
  const count = [{ $count: 'n' }];
  const last = { $match: reachable(filters.at(-1) ?? {}) };
  const facets = filters.map((who, at): [string, Document[]] => [
    `f${at}`,
    [{ $match: reachable(who) }, ...count],
  ]);
  const $facet = {
    of: count,
    ids: [last, { $limit: asked.some }, { $project: { _id: 1 } }],
    ...Object.fromEntries(facets),
  };
  const [found] = await store.contacts
    .aggregate<Record<string, { n: number; _id: string }[]>>(
      [{ $sort: { _id: 1 } }, { $limit: asked.of }, { $facet }],
      { maxTimeMS: BUDGET_MS, hint: { _id: 1 } },
    )
    .toArray();
  return {
    of: found?.of?.[0]?.n ?? 0,
    fitting: filters.map((_, at) => found?.[`f${at}`]?.[0]?.n ?? 0),
    ids: (found?.ids ?? []).map(({ _id }) => _id),
  };
}

/** People to be judged: without what they did, which is most of a contact and decides nothing. */
export async function readJudged(store: Store, ids: readonly string[]): Promise<ContactDoc[]> {
  return store.contacts
    .find({ _id: { $in: [...ids] } }, { projection: { 'profile.days': 0, sends: 0 }, maxTimeMS: BUDGET_MS })
    .toArray();
}

/** Contacts there are, the erased ones too, from what the database keeps of itself. */
export async function contactsInAll(store: Store): Promise<number> {
  return store.contacts.estimatedDocumentCount();
}

/** Who of some people fits. */
export async function contactsAmong(
  store: Store,
  who: Document,
  contacts: readonly string[],
): Promise<Set<string>> {
  const filter = { $and: [{ _id: { $in: [...contacts] } }, who] } as Filter<ContactDoc>;
  const options = { projection: { _id: 1 }, hint: { _id: 1 }, maxTimeMS: BUDGET_MS };
  const found = await store.contacts.find(filter, options).toArray();
  return new Set(found.map(({ _id }) => _id));
}

/** Whether one contact fits. */
export async function fitsContact(store: Store, contact: string, who: Document): Promise<boolean> {
  const filter = { $and: [{ _id: contact }, reachable(who)] } as Filter<ContactDoc>;
  return (await store.contacts.findOne(filter, { projection: { _id: 1 }, maxTimeMS: BUDGET_MS })) !== null;
}
