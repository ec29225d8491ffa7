import type { ClientSession } from 'mongodb';
import { type DeliveryDoc, OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import { MAY_LEAVE } from '../deliveries/due.ts';
import { toEnd } from '../deliveries/moves.ts';
import type { Store } from '../store.ts';

/**
 * Planned rows of a campaign that were written by an older edition, slice by slice in the order of their people, whose
 * ids are above `after`. One pass over the index, in which no row moves while it is written anew: each is read once,
 * however many there are, and however often the reading breaks off.
 */
export async function* olderRows(
  store: Store,
  of: { id: string; edition: number; after: string | null; size: number },
): AsyncGenerator<DeliveryDoc[]> {
  const older = { campaign: of.id, state: 'planned' as const, edition: { $ne: of.edition } };
  const rest = of.after === null ? older : { ...older, contact: { $gt: of.after } };
  const rows = store.deliveries
    .find(rest, { hint: 'campaign-contact', batchSize: of.size })
    .sort({ contact: 1 });
  let slice: DeliveryDoc[] = [];
  for await (const row of rows) {
    slice.push(row);
    if (slice.length < of.size) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

/** A planned row, and what it becomes; null: nobody can read its person any more, so that its words can be made for nobody. */
export type Rewriting = { before: DeliveryDoc; next: DeliveryDoc | null };

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
export async function replaceOlder(store: Store, rows: readonly DeliveryDoc[]): Promise<void> {
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
export async function keptBackAmong(
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
  const over = next.state === 'planned' ? null : toEnd(end, { decision: next.decision });
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
  return toEnd('skipped', { decision });
}

/**
 * Whether a row of an older edition may still leave. All are read at one moment, so that a row that moves from one state to
 * another is not missed.
 */
export async function anyOlder(store: Store, campaign: string, edition: number): Promise<boolean> {
  const row = await store.deliveries.findOne(
    { campaign, edition: { $ne: edition }, ...MAY_LEAVE },
    { projection: { _id: 1 }, hint: OF_CAMPAIGN, readConcern: { level: 'snapshot' } },
  );
  return row !== null;
}
