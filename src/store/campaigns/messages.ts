import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import { type DeliveryDoc, type DeliveryState, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import { endedRow } from '../deliveries/transitions.ts';
import { bucketOf } from '../sealing/keys.ts';
import type { Store } from '../store.ts';

/** Rows of a slice; those that are there already, from a planner that died, stay as they are, but for an older edition's words. */
export async function insertMessages(store: Store, rows: readonly DeliveryDoc[]): Promise<void> {
  if (rows.length === 0) return;
  const writes = rows.map((row) => ({
    updateOne: { filter: { _id: row._id }, update: { $setOnInsert: row }, upsert: true },
  }));
  const { matchedCount } = await store.deliveries.bulkWrite(writes, { ordered: false });
  if (matchedCount > 0) await replaceOlder(store, rows);
}

/** What became of rows, of those that are there. */
export async function messageStates(
  store: Store,
  ids: readonly string[],
): Promise<Pick<DeliveryDoc, '_id' | 'contact' | 'state' | 'decision' | 'edition' | 'sender'>[]> {
  const projection = { contact: 1, state: 1, decision: 1, edition: 1, sender: 1 };
  return store.deliveries.find({ _id: { $in: [...ids] } }, { projection, hint: { _id: 1 } }).toArray();
}

/** Whether any of a campaign's rows is in one of some states. */
export async function hasAny(
  store: Store,
  campaign: string,
  states: readonly DeliveryState[],
): Promise<boolean> {
  const options = { projection: { _id: 0, state: 1 }, hint: OF_CAMPAIGN };
  return (await store.deliveries.findOne({ campaign, state: { $in: [...states] } }, options)) !== null;
}

/** Whether any of a campaign's rows is written. */
export async function hasRows(store: Store, campaign: string): Promise<boolean> {
  const options = { projection: { _id: 1 }, hint: OF_CAMPAIGN };
  return (await store.deliveries.findOne({ campaign }, options)) !== null;
}

/**
 * Whether a test still waits for messages that have not left: those that leave now, and those due until a moment. Whom a
 * cap keeps back is not waited for, unless nobody has got it yet: of nobody no variant is the best.
 */
export async function isTestUnderWay(store: Store, campaign: string, until: Date): Promise<boolean> {
  const capped = (await hasAny(store, campaign, HANDED_OVER_STATES)) ? { cappedBy: { $exists: false } } : {};
  const open = {
    campaign,
    state: { $in: ['planned' as const, 'sending' as const] },
    $or: [{ state: 'sending' as const }, { dueAt: { $lte: until }, ...capped }],
  };
  return (await store.deliveries.findOne(open, { projection: { _id: 1 }, hint: OF_CAMPAIGN })) !== null;
}

/** A planned row, and what it becomes; null: nobody can read its person any more, so that its words can be made for nobody. */
type Rewriting = { before: DeliveryDoc; next: DeliveryDoc | null };

/**
 * Gives planned rows the words and times of a new edition, in one command; what was flagged, or written by a newer edition,
 * since it was read stays as it is. What may not go any more ends as skipped; what comes too late by the new deadline as expired, so that it counts as missed.
 */
export async function rewriteSlice(
  store: Store,
  slice: readonly Rewriting[],
  edition: number,
  at: Date,
): Promise<void> {
  if (slice.length === 0) return;
  const writes = slice.map(({ before: { _id, epoch, edition: read }, next }) => ({
    updateOne: {
      filter: { _id, state: 'planned' as const, epoch, edition: read ?? { $exists: false } },
      update: next === null ? ended(at) : rewritten(next, edition),
    },
  }));
  await store.deliveries.bulkWrite(writes, { ordered: false });
}

/**
 * Gives rows of a slice that were there already, written late by whoever planned an older edition, the words of this one.
 * None can come after it: they are there.
 */
async function replaceOlder(store: Store, rows: readonly DeliveryDoc[]): Promise<void> {
  const { edition, createdAt: at } = rows[0] ?? {};
  if (edition === undefined || at === undefined) return;
  const byId = new Map(rows.map((row) => [row._id, row]));
  const older = { $or: [{ edition: { $exists: false } }, { edition: { $lt: edition } }] };
  const found = await store.deliveries
    .find({ _id: { $in: [...byId.keys()] }, state: 'planned', ...older }, { hint: { _id: 1 } })
    .toArray();
  const slice = found.map((before) => ({ before, next: byId.get(before._id) ?? null }));
  await rewriteSlice(store, slice, edition, at);
}

/** Nothing of these may leave, or not now. */
const STANDS = ['paused' as const, 'canceled' as const];

/**
 * Flagged rows that their campaign keeps back, by what to do about them. `wait`: it is paused or was canceled since they were picked;
 * or an older edition wrote them, put there by a process that stood still once it had been superseded, and they are written anew
 * where their people get it still. `over`: an older edition's where all of it is planned. Read after their flags are up: an edit since waits for these.
 */
export async function heldBackByCampaign(
  store: Store,
  flagged: readonly DeliveryDoc[],
  session: ClientSession,
): Promise<ReadonlyMap<string, 'wait' | 'over'>> {
  const ids = [...new Set(flagged.flatMap(({ campaign }) => campaign ?? []))];
  if (ids.length === 0) return new Map();
  const mayKeep = { $or: [{ edition: { $exists: true } }, { state: { $in: STANDS } }] };
  const projection = { edition: 1, state: 1, 'plan.complete': 1 };
  const found = await store.campaigns
    .find({ _id: { $in: ids }, ...mayKeep }, { projection, hint: { _id: 1 }, session })
    .toArray();
  const byId = new Map(found.map((one) => [one._id, one]));
  return new Map(
    flagged.flatMap((row): [string, 'wait' | 'over'][] => {
      const now = byId.get(row.campaign ?? '');
      if (now === undefined) return [];
      if (STANDS.some((state) => state === now.state)) return [[row._id, 'wait']];
      if (now.edition === row.edition) return [];
      return [[row._id, now.state === 'sending' && now.plan.complete ? 'over' : 'wait']];
    }),
  );
}

function rewritten(next: DeliveryDoc, edition: number) {
  const { rev, template, language, sender, service, sealed, parts, media, validUntil, variant } = next;
  const words = { rev, template, language, sender, service, sealed, parts, edition };
  const end = next.state === 'expired' ? 'expired' : 'skipped';
  const over = next.state === 'planned' ? null : endedRow(end, { decision: next.decision });
  return {
    $set: {
      ...words,
      ...over?.$set,
      ...(validUntil === undefined ? {} : { validUntil }),
      ...(variant === undefined ? {} : { variant }),
      ...(media === undefined ? {} : { media }),
    },
    $unset: {
      ...(validUntil === undefined ? { validUntil: '' as const } : {}),
      ...(media === undefined ? { media: '' as const } : {}),
      ...over?.$unset,
    },
  };
}

function ended(at: Date) {
  const decision = { allowed: false, reasons: ['no-text' as const], at };
  return endedRow('skipped', { decision });
}

/** One row for one number and campaign, however often it is planned: 24 characters of base64url. */
export const campaignDigest = (campaign: string, index: string): string =>
  createHash('sha256').update(`campaign ${campaign} ${index}`).digest('base64url').slice(0, 24);

/** Id of the row that a campaign has, or would have, of the number of a blind index. */
export const campaignRowId = (campaign: string, index: string): string =>
  `${bucketOf(index)}${campaignDigest(campaign, index)}`;
