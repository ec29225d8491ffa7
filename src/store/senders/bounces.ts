import type { Filter } from 'mongodb';
import type { NumberEnding } from '../../domain/hygiene/bounces.ts';
import type { SuppressionDoc } from '../consent/suppressions.ts';
import type { ContactDoc } from '../contacts/contacts.ts';
import { type DeliveryDoc, FAILED, FAILURES } from '../deliveries/delivery.ts';
import type { Store } from '../store.ts';

/** A place in the order in which failures were told. */
export type FailurePlace = { at: Date; id: string };
type Failure = FailurePlace & { contact: string };

/** Failures told after a place and up to a moment, in order; read from their index alone. */
export async function failuresAfter(
  store: Store,
  { at, id }: FailurePlace,
  { until, limit }: { until: Date; limit: number },
): Promise<Failure[]> {
  // Two reads: one that asks for either reads each document.
  const same = await readFailures(store, { finalAt: at, _id: { $gt: id } }, limit);
  if (same.length === limit) return same;
  const later = await readFailures(store, { finalAt: { $gt: at, $lte: until } }, limit - same.length);
  return [...same, ...later];
}

async function readFailures(store: Store, which: Filter<DeliveryDoc>, limit: number): Promise<Failure[]> {
  const rows = await store.deliveries
    .find(
      { ...which, state: { $in: [...FAILURES] } },
      { projection: { finalAt: 1, contact: 1 }, hint: FAILED },
    )
    .sort({ finalAt: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return rows.map(({ _id, finalAt, contact }) => ({ at: finalAt as Date, id: _id, contact }));
}

/**
 * Contacts with failures told since a moment, in the order of their ids, and the codes of these failures; read from the
 * same index alone.
 */
export function failedContacts(
  store: Store,
  { after, since }: { after: string; since: Date },
): AsyncIterable<{ _id: string; codes: (string | null)[] }> {
  return store.deliveries.aggregate<{ _id: string; codes: (string | null)[] }>(
    [
      { $match: { state: { $in: [...FAILURES] }, finalAt: { $gte: since }, contact: { $gt: after } } },
      { $group: { _id: '$contact', codes: { $push: { $ifNull: ['$error', null] } } } },
      { $sort: { _id: 1 } },
    ],
    { hint: FAILED, batchSize: 2000 },
  );
}

/** The ends of one contact's messages, and the blind index that its suppressions are found by. */
export type EndedBounce = { index: string; endings: NumberEnding[] };

const OF_ENDING = {
  contact: 1,
  index: 1,
  sender: 1,
  network: 1,
  state: 1,
  error: 1,
  'decision.at': 1,
  acceptedAt: 1,
  finalAt: 1,
  createdAt: 1,
} as const;

/** How the messages of some contacts ended, of those planned since a moment; without failures told after another. */
export async function endingsOf(
  store: Store,
  contacts: readonly string[],
  { since, until }: { since: Date; until: Date },
): Promise<Map<string, EndedBounce>> {
  const rows = await store.deliveries
    .find(
      {
        contact: { $in: [...contacts] },
        createdAt: { $gte: since },
        state: { $in: ['delivered', ...FAILURES] },
      },
      { projection: OF_ENDING, hint: 'of-contact', batchSize: 5000 },
    )
    .toArray();
  const found = new Map<string, EndedBounce>();
  for (const row of rows) {
    const ended = found.get(row.contact) ?? { index: row.index, endings: [] };
    found.set(row.contact, ended);
    const ending = endingOf(row);
    if (ending.arrived || ending.toldAt <= until) ended.endings.push(ending);
  }
  return found;
}

/** The same of who had some numbers before whoever has them now, by the numbers' blind indexes. */
export async function endingsOfFormer(
  store: Store,
  indexes: readonly string[],
  span: { since: Date; until: Date },
): Promise<Map<string, NumberEnding[]>> {
  const found = new Map<string, NumberEnding[]>();
  if (indexes.length === 0) return found;
  const former = await store.contacts
    .find(
      { index: { $in: [...indexes] }, current: false },
      { projection: { index: 1 }, hint: 'former-holders' },
    )
    .toArray();
  const ended = await endingsOf(
    store,
    former.map(({ _id }) => _id),
    span,
  );
  for (const { index, endings } of ended.values())
    found.set(index, [...(found.get(index) ?? []), ...endings]);
  return found;
}

function endingOf(row: DeliveryDoc): NumberEnding {
  const leftAt = row.decision?.at ?? row.acceptedAt ?? row.createdAt;
  return {
    delivery: row._id,
    sender: row.sender,
    network: row.network ?? null,
    leftAt,
    toldAt: row.finalAt ?? leftAt,
    arrived: row.state === 'delivered',
    code: row.error ?? null,
  };
}

/** Contacts as far as consent goes: profiles are the heavier half. */
export async function findSuspects(store: Store, ids: readonly string[]): Promise<ContactDoc[]> {
  const projection = { profile: 0, profileSealed: 0, sends: 0 } as const;
  return store.contacts.find({ _id: { $in: [...ids] } }, { projection }).toArray();
}

/** Rows that say, or said, that a number takes no texts or that a carrier blocks ours to it, by its blind index. */
export async function findBarriers(
  store: Store,
  indexes: readonly string[],
): Promise<Map<string, SuppressionDoc[]>> {
  const rows = await store.suppressions
    .find(
      { index: { $in: [...indexes] }, kind: { $in: ['hygiene', 'carrier'] } },
      { projection: { _id: 0 }, hint: 'row' },
    )
    .toArray();
  const found = new Map<string, SuppressionDoc[]>();
  for (const row of rows) found.set(row.index, [...(found.get(row.index) ?? []), row]);
  return found;
}
