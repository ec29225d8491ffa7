import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, type DeliveryState, deliveries, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import { endedRow } from '../deliveries/transitions.ts';
import { bucketOf } from '../sealing/keys.ts';
import { campaigns } from './campaign-document.ts';

/**
 * Inserts the deliveries of a batch. Deliveries that exist already, from a planner that died, stay as they are;
 * only the words of an older edition are replaced.
 */
export async function insertMessages(database: Database, rows: readonly DeliveryDoc[]): Promise<void> {
  if (rows.length === 0) return;
  const writes = rows.map((row) => ({
    updateOne: { filter: { _id: row._id }, update: { $setOnInsert: row }, upsert: true },
  }));
  const { matchedCount } = await deliveries(database).bulkWrite(writes, { ordered: false });
  if (matchedCount > 0) await replaceOlder(database, rows);
}

/** The state of the deliveries that exist among `ids`. */
export async function messageStates(
  database: Database,
  ids: readonly string[],
): Promise<Pick<DeliveryDoc, '_id' | 'contact' | 'state' | 'decision' | 'edition' | 'sender'>[]> {
  const projection = { contact: 1, state: 1, decision: 1, edition: 1, sender: 1 };
  return deliveries(database)
    .find({ _id: { $in: [...ids] } }, { projection, hint: { _id: 1 } })
    .toArray();
}

/** The blind indexes of the numbers to which messages of a campaign wait. */
export async function indexesWaiting(database: Database, campaign: string): Promise<ReadonlySet<string>> {
  const rows = await deliveries(database)
    .find({ campaign, state: 'planned' }, { projection: { _id: 0, index: 1 }, hint: OF_CAMPAIGN })
    .toArray();
  return new Set(rows.map(({ index }) => index));
}

/** How many deliveries one query of a page reads, and how many queries a page takes at most. */
const STEP = 2000;
const MOST_STEPS = 10;

export type RecipientRow = Pick<
  DeliveryDoc,
  '_id' | 'contact' | 'state' | 'decision' | 'variant' | 'error' | 'dueAt'
>;

/**
 * A campaign's deliveries of a state and a reason, in the order of their people. Reads a bounded number of them: a page
 * may hold fewer than asked for, or none, although others follow. `to`: the last person that was read; null: all were.
 */
export async function pageRecipients(
  database: Database,
  campaign: string,
  {
    state,
    reason,
    after,
    limit,
  }: { state: DeliveryState | null; reason: Reason | null; after: string | null; limit: number },
): Promise<{ rows: RecipientRow[]; to: string | null }> {
  const found: RecipientRow[] = [];
  const projection = { contact: 1, state: 1, decision: 1, variant: 1, error: 1, dueAt: 1 };
  let to = after;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const filter = { campaign, ...(to === null ? {} : { contact: { $gt: to } }) };
    const rows = await deliveries(database)
      .find<RecipientRow>(filter, { projection, hint: deliveries.hint('campaign-contact') })
      .sort({ contact: 1 })
      .limit(STEP)
      .toArray();
    for (const row of rows) {
      if (found.length === limit) return { rows: found, to };
      to = row.contact;
      const fits = (state === null || row.state === state) && hasReason(row, reason);
      if (fits) found.push(row);
    }
    if (rows.length < STEP) return { rows: found, to: null };
  }
  return { rows: found, to };
}

const hasReason = ({ decision }: Pick<DeliveryDoc, 'decision'>, reason: Reason | null): boolean =>
  reason === null || (decision?.reasons ?? []).includes(reason);

/** True where any of a campaign's deliveries is in one of these states. */
export async function hasAny(
  database: Database,
  campaign: string,
  states: readonly DeliveryState[],
): Promise<boolean> {
  const options = { projection: { _id: 0, state: 1 }, hint: OF_CAMPAIGN };
  return (await deliveries(database).findOne({ campaign, state: { $in: [...states] } }, options)) !== null;
}

/** True where a campaign has any delivery. */
export async function hasRows(database: Database, campaign: string): Promise<boolean> {
  const options = { projection: { _id: 1 }, hint: OF_CAMPAIGN };
  return (await deliveries(database).findOne({ campaign }, options)) !== null;
}

/**
 * True where a test still waits for unsent messages: those being sent, and those due until `until`. The test does
 * not wait for messages that a frequency cap withholds, unless nobody got a message yet: without recipients no
 * variant can win.
 */
export async function isTestUnderWay(database: Database, campaign: string, until: Date): Promise<boolean> {
  const capped = (await hasAny(database, campaign, HANDED_OVER_STATES))
    ? { cappedBy: { $exists: false } }
    : {};
  const open = {
    campaign,
    state: { $in: ['planned' as const, 'sending' as const] },
    $or: [{ state: 'sending' as const }, { dueAt: { $lte: until }, ...capped }],
  };
  return (await deliveries(database).findOne(open, { projection: { _id: 1 }, hint: OF_CAMPAIGN })) !== null;
}

/**
 * A planned delivery and its replacement; null: the person's data cannot be read any more, so there are no words
 * for them.
 */
type Rewriting = { before: DeliveryDoc; next: DeliveryDoc | null };

/**
 * Gives planned deliveries the words and times of a new edition, in one command. A delivery that was claimed, or
 * rendered by a newer edition, since it was read stays as it is. A delivery that may not be sent any more ends as
 * skipped. A delivery that is too late for the new deadline ends as expired, so that it counts as missed.
 */
export async function rewriteSlice(
  database: Database,
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
  await deliveries(database).bulkWrite(writes, { ordered: false });
}

/**
 * Replaces the words of existing deliveries that a planner of an older edition wrote late. No later ones can
 * follow, since the deliveries exist.
 */
async function replaceOlder(database: Database, rows: readonly DeliveryDoc[]): Promise<void> {
  const { edition, createdAt: at } = rows[0] ?? {};
  if (edition === undefined || at === undefined) return;
  const byId = new Map(rows.map((row) => [row._id, row]));
  const older = { $or: [{ edition: { $exists: false } }, { edition: { $lt: edition } }] };
  const found = await deliveries(database)
    .find({ _id: { $in: [...byId.keys()] }, state: 'planned', ...older }, { hint: { _id: 1 } })
    .toArray();
  const slice = found.map((before) => ({ before, next: byId.get(before._id) ?? null }));
  await rewriteSlice(database, slice, edition, at);
}

/** Campaigns in these states send nothing, or nothing now. */
const STANDS = ['paused' as const, 'canceled' as const];

/**
 * Claimed deliveries that must not be sent because of their campaign, with what to do. `wait`: the campaign was
 * paused or canceled after the deliveries were picked; or a stalled planner wrote them for an older edition, and
 * they will be rendered anew where their people still get the campaign. `over`: the delivery belongs to an older
 * edition of a completely planned campaign. Read this after the claims are written: an edit waits for the claims it
 * finds.
 */
export async function heldBackByCampaign(
  database: Database,
  claimed: readonly DeliveryDoc[],
  session: ClientSession,
): Promise<ReadonlyMap<string, 'wait' | 'over'>> {
  const ids = [...new Set(claimed.flatMap(({ campaign }) => campaign ?? []))];
  if (ids.length === 0) return new Map();
  const mayKeep = { $or: [{ edition: { $exists: true } }, { state: { $in: STANDS } }] };
  const projection = { edition: 1, state: 1, 'plan.complete': 1 };
  const found = await campaigns(database)
    .find({ _id: { $in: ids }, ...mayKeep }, { projection, hint: { _id: 1 }, session })
    .toArray();
  const byId = new Map(found.map((contact) => [contact._id, contact]));
  return new Map(
    claimed.flatMap((row): [string, 'wait' | 'over'][] => {
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

/**
 * The digest of a number in a campaign: planning it again gives the same one delivery. 24 characters of base64url.
 */
export const campaignDigest = (campaign: string, index: string): string =>
  createHash('sha256').update(`campaign ${campaign} ${index}`).digest('base64url').slice(0, 24);

/** The delivery id of a number, by its blind index, in a campaign. */
export const campaignRowId = (campaign: string, index: string): string =>
  `${bucketOf(index)}${campaignDigest(campaign, index)}`;
