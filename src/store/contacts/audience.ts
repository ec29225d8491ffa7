import type { Document, Filter } from 'mongodb';
import type { Database } from '../collection.ts';
import { isTimeLimit } from '../database-errors.ts';
import { type ContactDoc, contacts } from './contacts.ts';

/** Longest that a count may take that a person asked for and waits for, ms. */
export const COUNT_MS = 25_000;

/** The same for a preview, ms. */
export const LOOK_MS = 5000;

/** Longest that one query about an audience may take in the database, ms. */
const BUDGET_MS = 10_000;

/** Contacts that one step of a page scans, and most steps per page: one page takes a second at most. */
const STEP = 10_000;
const MOST_STEPS = 10;

/** Leaves out erased people: their numbers can no longer be read. */
const reachable = (who: Document): Filter<ContactDoc> => ({ $and: [who, { sealed: { $ne: null } }] });

/** How many contacts match, counted up to `most`. Rejects when the database takes longer than `budgetMs`. */
export async function countAudience(
  database: Database,
  who: Document,
  { most = null, budgetMs = COUNT_MS }: { most?: number | null; budgetMs?: number } = {},
): Promise<number> {
  const limit = most === null ? {} : { limit: most };
  return contacts(database).countDocuments(reachable(who), { ...limit, maxTimeMS: budgetMs });
}

/**
 * The parts of a contact by which consent decides, a tenth of the document. Prompts decide nothing about a message of
 * ours and stand there empty; nothing sealed is read.
 */
export const CONSENT_PARTS = {
  ...{ index: 1, current: 1, personId: 1, areaCode: 1, language: 1, head: 1 },
  ...{ 'keys.profile.by': 1, 'keys.evidence.by': 1 },
  ...{ subscriptions: 1, pausedUntil: 1, lastOptOutAt: 1 },
  ...{ prompts: { $literal: [] }, promptsSent: { $literal: [] } },
} as const;

/** Some contacts by their ids, with the parts by which consent decides. */
export async function readConsentParts(database: Database, ids: readonly string[]): Promise<ContactDoc[]> {
  const options = { projection: CONSENT_PARTS, maxTimeMS: BUDGET_MS, batchSize: 5000 };
  return contacts(database)
    .find({ _id: { $in: [...ids] } }, options)
    .toArray();
}

/** `to`: the last contact that was scanned. `complete`: no contact comes after it. */
export type AudiencePage = { people: ContactDoc[]; to: string | null; complete: boolean };

/**
 * The next contacts that match, in the order of their ids. Scans a bounded number of contacts, however few match: a
 * page may hold fewer than asked for, or none, although others follow.
 */
export async function readAudience(
  database: Database,
  who: Document,
  page: { after: string | null; limit: number; parts?: typeof CONSENT_PARTS },
): Promise<AudiencePage> {
  const people: ContactDoc[] = [];
  let to = page.after;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const end = await endOfStep(database, to);
    const stretch = [
      ...(to === null ? [] : [{ _id: { $gt: to } }]),
      ...(end === null ? [] : [{ _id: { $lte: end } }]),
    ];
    const found = await contacts(database)
      .find({ $and: [reachable(who), ...stretch] } as Filter<ContactDoc>, {
        maxTimeMS: BUDGET_MS,
        hint: { _id: 1 },
        ...(page.parts === undefined ? {} : { projection: page.parts }),
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

/** The last id of the next step; null when fewer contacts than one step are left. Reads only the index. */
async function endOfStep(database: Database, after: string | null): Promise<string | null> {
  const [end] = await contacts(database)
    .find(after === null ? {} : { _id: { $gt: after } }, { projection: { _id: 1 }, hint: { _id: 1 } })
    .sort({ _id: 1 })
    .skip(STEP - 1)
    .limit(1)
    .toArray();
  return end?._id ?? null;
}

/** How many match, and some of their ids, a fair sample. */
export type Gathered = { people: number; ids: string[] };

/**
 * The end of an id, by which a spread sample is chosen. Ids are random in each of their letters, so the end says
 * nothing about the place of an id among all ids.
 */
const END = { from: 10, letters: 8 };

/** The first `some` of the ids by their ends: a sample that is spread over the whole range of ids. */
export const spreadSample = (ids: readonly string[], some: number): string[] =>
  ids.length <= some
    ? [...ids]
    : ids
        .map((id) => ({ id, end: id.slice(END.from, END.from + END.letters) }))
        .sort((a, b) => (a.end < b.end ? -1 : Number(a.end > b.end)))
        .slice(0, some)
        .map(({ id }) => id);

/**
 * Reads all contacts that match in one pass; null when the database needs longer than the budget. `most`: most
 * contacts match. Then a scan costs half as much as an index that leads to each contact. The ids are the lowest
 * ones: ids are random, so they are a fair sample of people whom nothing treated in the order of their ids. With
 * `spread` they come from the whole range, for a campaign that planning and sending go through in that order.
 */
export async function gatherAudience(
  database: Database,
  who: Document,
  asked: { some: number; budgetMs: number; most: boolean; spread?: boolean },
): Promise<Gathered | null> {
  const end = { $substrBytes: ['$_id', END.from, END.letters] };
  const input = asked.spread === true ? { end, id: '$_id' } : '$_id';
  const $group = { _id: null, people: { $sum: 1 }, ids: { $minN: { input, n: asked.some } } };
  const pipeline = [{ $match: reachable(who) }, { $group }];
  try {
    const [found] = await contacts(database)
      .aggregate<Gathered>(asked.spread === true ? [...pipeline, { $set: { ids: '$ids.id' } }] : pipeline, {
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

/** Of `of` contacts, a fair sample: how many match each filter, and ids that match the last one. */
export type Sampled = { of: number; fitting: number[]; ids: string[] };

/** Samples the first contacts by id, of those after `after` and up to `upTo`. */
export async function sampleAudience(
  database: Database,
  filters: readonly Document[],
  asked: { of: number; some: number; after?: string | null; upTo?: string | null },
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
  const [found] = await contacts(database)
    .aggregate<Record<string, { n: number; _id: string }[]>>(
      [...stretchOf(asked), { $sort: { _id: 1 } }, { $limit: asked.of }, { $facet }],
      { maxTimeMS: BUDGET_MS, hint: { _id: 1 } },
    )
    .toArray();
  return {
    of: found?.of?.[0]?.n ?? 0,
    fitting: filters.map((_, at) => found?.[`f${at}`]?.[0]?.n ?? 0),
    ids: (found?.ids ?? []).map(({ _id }) => _id),
  };
}

/** The stage that limits a pipeline to a stretch of ids; none for all contacts. */
function stretchOf({
  after = null,
  upTo = null,
}: {
  after?: string | null;
  upTo?: string | null;
}): Document[] {
  const range = { ...(after === null ? {} : { $gt: after }), ...(upTo === null ? {} : { $lte: upTo }) };
  return after === null && upTo === null ? [] : [{ $match: { _id: range } }];
}

/** The letters of ids, in their order. An id is `c_` and sixteen of them. */
const LETTERS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const STRETCHES = 16;

/** Cuts the contacts into stretches of about equal size. */
const CUTS = Array.from(
  { length: STRETCHES - 1 },
  (_, at) => `c_${LETTERS[((at + 1) * LETTERS.length) / STRETCHES]}`,
);

/** Samples contacts from the whole range of ids: the first ones of each of sixteen stretches. */
export async function sampleStretches(
  database: Database,
  who: Document,
  asked: { of: number; some: number },
): Promise<Sampled> {
  const each = (people: number): number => Math.max(1, Math.floor(people / STRETCHES));
  const [of, some] = [each(asked.of), each(asked.some)];
  const all = { of: 0, fitting: 0, ids: [] as string[] };
  for (const [at, after] of [null, ...CUTS].entries()) {
    const found = await sampleAudience(database, [who], { of, some, after, upTo: CUTS[at] ?? null });
    all.of += found.of;
    all.fitting += found.fitting[0] ?? 0;
    all.ids.push(...found.ids);
  }
  return { ...all, fitting: [all.fitting] };
}

/** Whether anybody matches; null when the database could not find out within the budget. */
export async function isAnybody(
  database: Database,
  who: Document,
  budgetMs: number,
): Promise<boolean | null> {
  try {
    const options = { projection: { _id: 1 }, maxTimeMS: budgetMs };
    return (await contacts(database).findOne(who as Filter<ContactDoc>, options)) !== null;
  } catch (error) {
    if (isTimeLimit(error)) return null;
    throw error;
  }
}

/**
 * The texts that stand at a path of a fair sample of contacts, the most frequent first. `path` is ours or the checked
 * name of an own field. Empty when the database takes too long.
 */
export async function commonValues(
  database: Database,
  path: string,
  { of, most }: { of: number; most: number },
): Promise<string[]> {
  const stages = [
    { $sort: { _id: 1 } },
    { $limit: of },
    { $project: { _id: 0, value: `$${path}` } },
    { $unwind: '$value' },
    { $match: { value: { $type: 'string' } } },
    { $group: { _id: '$value', people: { $sum: 1 } } },
    { $sort: { people: -1, _id: 1 } },
    { $limit: most },
  ];
  try {
    const found = await contacts(database)
      .aggregate<{ _id: string }>(stages, { maxTimeMS: LOOK_MS, hint: { _id: 1 } })
      .toArray();
    return found.map(({ _id }) => _id);
  } catch (error) {
    if (isTimeLimit(error)) return [];
    throw error;
  }
}

/** Contacts to be judged, without their activity, which is most of the document and decides nothing. */
export async function readJudged(database: Database, ids: readonly string[]): Promise<ContactDoc[]> {
  return contacts(database)
    .find({ _id: { $in: [...ids] } }, { projection: { 'profile.days': 0, sends: 0 }, maxTimeMS: BUDGET_MS })
    .toArray();
}

/** Number of contacts, including erased ones, from the database's own statistics. */
export async function contactsInAll(database: Database): Promise<number> {
  return contacts(database).estimatedDocumentCount();
}

/** The number of contacts whose id comes after `after`, from the index of ids alone. */
export async function contactsAfter(database: Database, after: string): Promise<number> {
  const options = { hint: { _id: 1 }, maxTimeMS: BUDGET_MS };
  return contacts(database).countDocuments({ _id: { $gt: after } }, options);
}

/** Those of some contacts that match. */
export async function contactsAmong(
  database: Database,
  who: Document,
  contactIds: readonly string[],
): Promise<Set<string>> {
  const filter = { $and: [{ _id: { $in: [...contactIds] } }, who] } as Filter<ContactDoc>;
  const options = { projection: { _id: 1 }, hint: { _id: 1 }, maxTimeMS: BUDGET_MS };
  const found = await contacts(database).find(filter, options).toArray();
  return new Set(found.map(({ _id }) => _id));
}

/** Whether one contact matches. */
export async function fitsContact(database: Database, contact: string, who: Document): Promise<boolean> {
  const filter = { $and: [{ _id: contact }, reachable(who)] } as Filter<ContactDoc>;
  return (
    (await contacts(database).findOne(filter, { projection: { _id: 1 }, maxTimeMS: BUDGET_MS })) !== null
  );
}
