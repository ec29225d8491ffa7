import type { FindCursor } from 'mongodb';
import { Schema } from 'mongoose';
import { utcDay } from '../../domain/durations.ts';
import { keptSeconds } from '../../domain/retention.ts';
import type { BotSign } from '../../domain/templates/short-links.ts';
import type { Store } from '../store.ts';

const CLICK_KINDS = ['person', 'bot', 'test'] as const;
export type ClickKind = (typeof CLICK_KINDS)[number];

/**
 * Clicks of one kind on one link on one day in UTC. Counted, not listed: whoever has a link may open it without end,
 * and fills nothing by it. No address, no agent: what they said is judged and forgotten.
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
  /** Of bots: by what sign they were known, how often. */
  signs?: Partial<Record<BotSign, number>>;
  /** True once the contact's events have it. */
  told?: true;
  /** Of a person's, until then. */
  untold?: true;
};

/** Index of the clicks that are still to be told of. */
const UNTOLD = 'untold';

export const clickSchema = new Schema(
  {
    _id: String,
    link: { type: String, required: true },
    kind: { type: String, enum: CLICK_KINDS, required: true },
    delivery: { type: String, required: true },
    contact: { type: String, required: true },
    campaign: String,
    count: { type: Number, required: true },
    firstAt: { type: Date, required: true },
    lastAt: { type: Date, required: true },
    signs: Schema.Types.Mixed,
    told: Boolean,
    untold: Boolean,
  },
  { collection: 'clicks', strict: 'throw', versionKey: false, autoIndex: false },
);
clickSchema.index({ delivery: 1 }, { name: 'of-delivery' });
clickSchema.index(
  { campaign: 1, kind: 1, delivery: 1 },
  { partialFilterExpression: { campaign: { $exists: true } }, name: 'of-campaign' },
);

clickSchema.index({ firstAt: 1 }, { partialFilterExpression: { untold: true }, name: UNTOLD });

/** Counts one click, and returns what is counted of its kind and day. */
export async function countClick(
  store: Store,
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
  const click = await store.clicks.findOneAndUpdate(
    { _id: `${code}.${kind}.${utcDay(at)}` },
    {
      $setOnInsert: of,
      $inc: { count: 1, ...(sign === null ? {} : { [`signs.${sign}`]: 1 }) },
      $min: { firstAt: at },
      $max: { lastAt: at },
    },
    { upsert: true, returnDocument: 'after' },
  );
  if (click === null) throw new Error('a click was not counted');
  return click;
}

export async function markTold(store: Store, id: string): Promise<void> {
  await store.clicks.updateOne({ _id: id }, { $set: { told: true }, $unset: { untold: '' } });
}

/** People's clicks until a moment that are still to be told of, the oldest first. */
export const untoldClicks = (store: Store, until: Date): FindCursor<ClickDoc> =>
  store.clicks.find({ untold: true, firstAt: { $lte: until } }, { hint: UNTOLD }).sort({ firstAt: 1 });

/** Clicks by kind; `first`: when a person opened any of its links first. */
type ClickCounts = Record<ClickKind, number> & { first: Date | null };

export async function clicksOfDelivery(store: Store, delivery: string): Promise<ClickCounts> {
  const counts: ClickCounts = { person: 0, bot: 0, test: 0, first: null };
  for (const { kind, count, firstAt } of await store.clicks.find({ delivery }).toArray()) {
    counts[kind] += count;
    if (kind === 'person' && (counts.first === null || firstAt < counts.first)) counts.first = firstAt;
  }
  return counts;
}

/** Longest that a count may take, ms. */
const BUDGET_MS = 10_000;

/** Deliveries of a campaign that a person opened a link of, and those that only machines did. Rejects as `countRows` does. */
export async function clickedOf(store: Store, campaign: string): Promise<{ people: number; bots: number }> {
  const stages = [
    { $match: { campaign, kind: { $in: ['person', 'bot'] } } },
    { $group: { _id: '$delivery', people: { $max: { $cond: [{ $eq: ['$kind', 'person'] }, 1, 0] } } } },
    { $group: { _id: null, all: { $sum: 1 }, people: { $sum: '$people' } } },
  ];
  const [found] = await store.clicks
    .aggregate<{ all: number; people: number }>(stages, { hint: 'of-campaign', maxTimeMS: BUDGET_MS })
    .toArray();
  const { all, people } = found ?? { all: 0, people: 0 };
  return { people, bots: all - people };
}

/** One link of one delivery. `_id` is its code; where it leads was fixed when it was planned. */
export type LinkDoc = {
  _id: string;
  delivery: string;
  contact: string;
  /** Absent where the delivery belongs to none. */
  campaign?: string;
  target: string;
  /** Present where the delivery is a test: what is clicked is no one's interest. */
  test?: true;
  createdAt: Date;
};

export const linkSchema = new Schema(
  {
    _id: String,
    delivery: { type: String, required: true },
    contact: { type: String, required: true },
    campaign: String,
    target: { type: String, required: true },
    test: Boolean,
    createdAt: { type: Date, required: true },
  },
  { collection: 'links', strict: 'throw', versionKey: false, autoIndex: false },
);
linkSchema.index({ createdAt: 1 }, { expireAfterSeconds: keptSeconds('links'), name: 'kept' });

export async function findLink(store: Store, code: string): Promise<LinkDoc | null> {
  return store.links.findOne({ _id: code });
}

/** Links of deliveries that are about to be written; those that are there, from a planner that died, stay as they are. */
export async function insertLinks(store: Store, links: readonly LinkDoc[]): Promise<void> {
  if (links.length === 0) return;
  const writes = links.map((link) => ({
    updateOne: { filter: { _id: link._id }, update: { $setOnInsert: link }, upsert: true },
  }));
  await store.links.bulkWrite(writes, { ordered: false });
}
