import type { FindCursor } from 'mongodb';
import { utcDay } from '../../domain/durations.ts';
import { keptSeconds } from '../../domain/retention.ts';
import type { BotSign } from '../../domain/templates/short-links.ts';
import { type Database, defineCollection } from '../collection.ts';

const CLICK_KINDS = ['person', 'bot', 'test'] as const;
export type ClickKind = (typeof CLICK_KINDS)[number];

/**
 * The clicks of one kind on one link on one UTC day. Clicks are counted, not listed, so opening a link endlessly
 * fills no storage. IP address and user agent are judged and not stored.
 */
export type ClickDoc = {
  /** "<code>.<kind>.<YYYY-MM-DD>" */
  _id: string;
  link: string;
  kind: ClickKind;
  delivery: string;
  contact: string;
  campaign?: string;
  count: number;
  firstAt: Date;
  lastAt: Date;
  /** For bots: how often each sign gave them away. */
  signs?: Partial<Record<BotSign, number>>;
  /** True when the click is recorded among the contact's events. */
  told?: true;
  /** For clicks of persons: present until the event is recorded. */
  untold?: true;
};

/** The index of clicks without an event. */
const UNTOLD = 'untold';

export const clicks = defineCollection<ClickDoc>()('clicks', {
  'of-delivery': { key: { delivery: 1 } },
  'of-campaign': {
    key: { campaign: 1, kind: 1, delivery: 1 },
    partialFilterExpression: { campaign: { $exists: true } },
  },
  [UNTOLD]: { key: { firstAt: 1 }, partialFilterExpression: { untold: true } },
});

/** Counts one click, and returns the count of its link, kind and day. */
export async function countClick(
  database: Database,
  link: LinkDoc,
  kind: ClickKind,
  sign: BotSign | null,
  at: Date,
): Promise<ClickDoc> {
  const { _id: code, delivery, contact, campaign } = link;
  const of = {
    ...{ link: code, kind, delivery, contact },
    ...(campaign === undefined ? {} : { campaign }),
    ...(kind === 'person' ? { untold: true as const } : {}),
  };
  const click = await clicks(database).findOneAndUpdate(
    { _id: `${code}.${kind}.${utcDay(at)}` },
    {
      $setOnInsert: of,
      $inc: { count: 1, ...(sign === null ? {} : { [`signs.${sign}`]: 1 }) },
      $min: { firstAt: at },
      $max: { lastAt: at },
    },
    { upsert: true, returnDocument: 'after' },
  );
  if (click === null) throw new Error('a click could not be counted');
  return click;
}

export async function markTold(database: Database, id: string): Promise<void> {
  await clicks(database).updateOne({ _id: id }, { $set: { told: true }, $unset: { untold: '' } });
}

/** Clicks of persons, up to a moment, without an event; the oldest first. */
export const untoldClicks = (database: Database, until: Date): FindCursor<ClickDoc> =>
  clicks(database)
    .find({ untold: true, firstAt: { $lte: until } }, { hint: UNTOLD })
    .sort({ firstAt: 1 });

/** Clicks by kind. `first`: when a person first opened any of the links. */
type ClickCounts = Record<ClickKind, number> & { first: Date | null };

export async function clicksOfDelivery(database: Database, delivery: string): Promise<ClickCounts> {
  const counts: ClickCounts = { person: 0, bot: 0, test: 0, first: null };
  for (const { kind, count, firstAt } of await clicks(database).find({ delivery }).toArray()) {
    counts[kind] += count;
    if (kind === 'person' && (counts.first === null || firstAt < counts.first)) counts.first = firstAt;
  }
  return counts;
}

/** Time limit of a count, ms. */
const BUDGET_MS = 10_000;

/**
 * Counts the deliveries of a campaign with a click by a person, and those with clicks by bots only. Rejects on the
 * time limit, as `countRows` does.
 */
export async function clickedOf(
  database: Database,
  campaign: string,
): Promise<{ people: number; bots: number }> {
  const stages = [
    { $match: { campaign, kind: { $in: ['person', 'bot'] } } },
    { $group: { _id: '$delivery', people: { $max: { $cond: [{ $eq: ['$kind', 'person'] }, 1, 0] } } } },
    { $group: { _id: null, all: { $sum: 1 }, people: { $sum: '$people' } } },
  ];
  const [found] = await clicks(database)
    .aggregate<{ all: number; people: number }>(stages, {
      hint: clicks.hint('of-campaign'),
      maxTimeMS: BUDGET_MS,
    })
    .toArray();
  const { all, people } = found ?? { all: 0, people: 0 };
  return { people, bots: all - people };
}

/** One link of one delivery. `_id` is its code. The target is fixed at planning. */
export type LinkDoc = {
  _id: string;
  delivery: string;
  contact: string;
  /** Absent where the delivery belongs to no campaign. */
  campaign?: string;
  target: string;
  /** Present where the delivery is a test; its clicks show no interest of a customer. */
  test?: true;
  createdAt: Date;
};

export const links = defineCollection<LinkDoc>()('links', {
  kept: { key: { createdAt: 1 }, expireAfterSeconds: keptSeconds('links') },
});

export async function findLink(database: Database, code: string): Promise<LinkDoc | null> {
  return links(database).findOne({ _id: code });
}

/** Inserts the links of deliveries that are about to be written. Existing ones, from a planner that died, stay. */
export async function insertLinks(database: Database, newLinks: readonly LinkDoc[]): Promise<void> {
  if (newLinks.length === 0) return;
  const writes = newLinks.map((link) => ({
    updateOne: { filter: { _id: link._id }, update: { $setOnInsert: link }, upsert: true },
  }));
  await links(database).bulkWrite(writes, { ordered: false });
}
