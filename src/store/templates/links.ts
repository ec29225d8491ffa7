import type { FindCursor } from 'mongodb';
import { Schema } from 'mongoose';
import { utcDay } from '../../domain/durations.ts';
import { keptSeconds } from '../../domain/retention.ts';
import type { BotSign } from '../../domain/templates/short-links.ts';
import type { Store } from '../store.ts';

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

/** Counts one click, and returns the count of its link, kind and day. */
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
  if (click === null) throw new Error('a click could not be counted');
  return click;
}

export async function markTold(store: Store, id: string): Promise<void> {
  await store.clicks.updateOne({ _id: id }, { $set: { told: true }, $unset: { untold: '' } });
}

/** Clicks of persons, up to a moment, without an event; the oldest first. */
export const untoldClicks = (store: Store, until: Date): FindCursor<ClickDoc> =>
  store.clicks.find({ untold: true, firstAt: { $lte: until } }, { hint: UNTOLD }).sort({ firstAt: 1 });

/** Clicks by kind. `first`: when a person first opened any of the links. */
type ClickCounts = Record<ClickKind, number> & { first: Date | null };

export async function clicksOfDelivery(store: Store, delivery: string): Promise<ClickCounts> {
  const counts: ClickCounts = { person: 0, bot: 0, test: 0, first: null };
  for (const { kind, count, firstAt } of await store.clicks.find({ delivery }).toArray()) {
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

/** Inserts the links of deliveries that are about to be written. Existing ones, from a planner that died, stay. */
export async function insertLinks(store: Store, links: readonly LinkDoc[]): Promise<void> {
  if (links.length === 0) return;
  const writes = links.map((link) => ({
    updateOne: { filter: { _id: link._id }, update: { $setOnInsert: link }, upsert: true },
  }));
  await store.links.bulkWrite(writes, { ordered: false });
}
