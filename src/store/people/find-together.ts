import { BOOK_MARK } from '../consent/book.ts';
import type { InboundDoc } from '../consent/inbound.ts';
import type { SuppressionDoc } from '../consent/suppressions.ts';
import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/**
 * What decides about some people, by blind index, which of some texts were taken before, by MessageSid, and of what version
 * programs and senders are.
 */
export type Found = {
  contacts: Map<string, ContactDoc>;
  suppressions: Map<string, SuppressionDoc[]>;
  inbound: Map<string, InboundDoc>;
  bookVersion: number;
};

type Mark = { _id: typeof BOOK_MARK; value: number };

/** `batchSize`: all that a group finds in one answer; the server would send a hundred first. */
const SNAPSHOT = { readConcern: { level: 'snapshot' as const }, batchSize: 5000 };

/** Stages that find all of it; each part is the find of its own collection. */
export function togetherStages(indexes: readonly string[], sids: readonly string[]): object[] {
  const union = (coll: string, $match: object) => ({ $unionWith: { coll, pipeline: [{ $match }] } });
  return [
    { $match: { index: { $in: indexes }, current: true } },
    union('suppressions', { index: { $in: indexes } }),
    union('marks', { _id: BOOK_MARK }),
    ...(sids.length === 0 ? [] : [union('inbound', { _id: { $in: sids } })]),
  ];
}

/**
 * One command where four finds would be four, and one snapshot of what the majority holds: never a contact from
 * after an opt-out beside suppressions from before it.
 */
export async function findTogether(
  store: Store,
  indexes: readonly string[],
  sids: readonly string[],
): Promise<Found> {
  const stages = togetherStages(indexes, sids);
  const rows = await store.contacts
    .aggregate<ContactDoc | (SuppressionDoc & { _id: unknown }) | InboundDoc | Mark>(stages, SNAPSHOT)
    .toArray();
  const found: Found = { contacts: new Map(), suppressions: new Map(), inbound: new Map(), bookVersion: 0 };
  for (const row of rows) {
    if ('keys' in row) found.contacts.set(row.index, row);
    else if ('door' in row) found.inbound.set(row._id, row);
    else if ('value' in row) found.bookVersion = row.value;
    else {
      const { _id, ...suppression } = row;
      found.suppressions.set(row.index, [...(found.suppressions.get(row.index) ?? []), suppression]);
    }
  }
  return found;
}
