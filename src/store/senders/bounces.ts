import type { Filter } from 'mongodb';
import type { NumberEnding } from '../../domain/hygiene/bounces.ts';
import type { Database } from '../collection.ts';
import { type SuppressionDoc, suppressions } from '../consent/suppressions.ts';
import { type ContactDoc, contacts } from '../contacts/contacts.ts';
import { type DeliveryDoc, deliveries, FAILED, FAILURES } from '../deliveries/delivery.ts';

/** A position in the order in which failures were reported. */
export type FailurePlace = { at: Date; id: string };
type Failure = FailurePlace & { contact: string };

/** Failures reported after a position and up to a moment, in order. Reads only the index. */
export async function failuresAfter(
  database: Database,
  { at, id }: FailurePlace,
  { until, limit }: { until: Date; limit: number },
): Promise<Failure[]> {
  // Two reads: a single one with `$or` would read each document.
  const same = await readFailures(database, { finalAt: at, _id: { $gt: id } }, limit);
  if (same.length === limit) return same;
  const later = await readFailures(database, { finalAt: { $gt: at, $lte: until } }, limit - same.length);
  return [...same, ...later];
}

async function readFailures(
  database: Database,
  which: Filter<DeliveryDoc>,
  limit: number,
): Promise<Failure[]> {
  const rows = await deliveries(database)
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
 * Contacts with failures reported since a moment, in the order of their ids, and the codes of these failures. Reads
 * only the same index.
 */
export function failedContacts(
  database: Database,
  { after, since }: { after: string; since: Date },
): AsyncIterable<{ _id: string; codes: (string | null)[] }> {
  return deliveries(database).aggregate<{ _id: string; codes: (string | null)[] }>(
    [
      { $match: { state: { $in: [...FAILURES] }, finalAt: { $gte: since }, contact: { $gt: after } } },
      { $group: { _id: '$contact', codes: { $push: { $ifNull: ['$error', null] } } } },
      { $sort: { _id: 1 } },
    ],
    { hint: FAILED, batchSize: 2000 },
  );
}

/** The outcomes of one contact's messages, and the blind index by which its suppressions are found. */
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

/**
 * The outcomes of the messages to some contacts that were planned since `since`. Leaves out failures reported after
 * `until`.
 */
export async function endingsOf(
  database: Database,
  contacts: readonly string[],
  { since, until }: { since: Date; until: Date },
): Promise<Map<string, EndedBounce>> {
  const rows = await deliveries(database)
    .find(
      {
        contact: { $in: [...contacts] },
        createdAt: { $gte: since },
        state: { $in: ['delivered', ...FAILURES] },
      },
      { projection: OF_ENDING, hint: deliveries.hint('of-contact'), batchSize: 5000 },
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

/** The same for former holders of some numbers, by the numbers' blind indexes. */
export async function endingsOfFormer(
  database: Database,
  indexes: readonly string[],
  span: { since: Date; until: Date },
): Promise<Map<string, NumberEnding[]>> {
  const found = new Map<string, NumberEnding[]>();
  if (indexes.length === 0) return found;
  const former = await contacts(database)
    .find(
      { index: { $in: [...indexes] }, current: false },
      { projection: { index: 1 }, hint: contacts.hint('former-holders') },
    )
    .toArray();
  const ended = await endingsOf(
    database,
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

/** Contacts without their profiles, the larger half, which judging does not need. */
export async function findSuspects(database: Database, ids: readonly string[]): Promise<ContactDoc[]> {
  const projection = { profile: 0, profileSealed: 0, sends: 0 } as const;
  return contacts(database)
    .find({ _id: { $in: [...ids] } }, { projection })
    .toArray();
}

/**
 * Suppressions, past and present, because a number takes no texts or a carrier blocks ours; by the number's blind
 * index.
 */
export async function findBarriers(
  database: Database,
  indexes: readonly string[],
): Promise<Map<string, SuppressionDoc[]>> {
  const rows = await suppressions(database)
    .find(
      { index: { $in: [...indexes] }, kind: { $in: ['hygiene', 'carrier'] } },
      { projection: { _id: 0 }, hint: suppressions.hint('row') },
    )
    .toArray();
  const found = new Map<string, SuppressionDoc[]>();
  for (const row of rows) found.set(row.index, [...(found.get(row.index) ?? []), row]);
  return found;
}
