import type { ClientSession } from 'mongodb';
import type { Counted } from '../domain/caps/caps.ts';
import type { DeliveryDoc, DeliveryState } from './deliveries.ts';
import type { Store } from './store.ts';

/** Classes that caps count; what answers a person counts for none. The index of such rows names the same two. */
export const COUNTED_CLASSES = ['marketing', 'transactional'] as const;

/** A row that was handed over, or may be at this moment; tests to our own staff count for nothing. `failed`: the carrier refused it, so no message was made. */
const COUNTED_STATES: DeliveryState[] = [
  'sending',
  'accepted',
  'sent',
  'delivered',
  'undelivered',
  'unknown',
];

export type CountedRow = Counted & { contact: string; owner: string | null };

/**
 * What some people's caps count since a moment. By the time at which a row's last lease ends: that never moves while
 * the row goes from `sending` to its end, so that a scan of the index cannot miss a row which moves meanwhile.
 */
export async function findCounted(
  store: Store,
  contacts: readonly string[],
  since: Date,
  session?: ClientSession,
): Promise<CountedRow[]> {
  if (contacts.length === 0) return [];
  const rows = await store.deliveries
    .find(countedFilter(contacts, since), {
      projection: FIELDS,
      hint: 'counted',
      ...(session && { session }),
    })
    .toArray();
  return rows.map(({ _id: id, contact, owner, class: of, program, topic, state, leaseUntil }) => ({
    ...{ id, contact, owner, class: of, program, topic },
    at: leaseUntil ?? since,
    pending: state === 'sending',
  }));
}

export const countedFilter = (contacts: readonly string[], since: Date) => ({
  contact: { $in: [...contacts] },
  class: { $in: [...COUNTED_CLASSES] },
  leaseUntil: { $gt: since },
  state: { $in: COUNTED_STATES },
  test: { $exists: false },
});

const FIELDS: Partial<Record<keyof DeliveryDoc, 1>> = {
  contact: 1,
  owner: 1,
  class: 1,
  program: 1,
  topic: 1,
  state: 1,
  leaseUntil: 1,
};
