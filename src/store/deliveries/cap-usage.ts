import type { ClientSession } from 'mongodb';
import type { CountedMessage } from '../../domain/caps/cap-rules.ts';
import type { Store } from '../store.ts';
import type { DeliveryState } from './delivery.ts';

/** Classes that caps count; what answers a person counts for none. The index of such rows names the same two. */
const COUNTED_CLASSES = ['marketing', 'transactional'] as const;

/**
 * A row that was handed over, or may be at this moment; tests to our own staff count for nothing. `failed`: the
 * carrier refused it, so no message was made.
 */
const COUNTED_STATES: DeliveryState[] = [
  'sending',
  'accepted',
  'sent',
  'delivered',
  'undelivered',
  'unknown',
];

type CountedRow = CountedMessage & { contact: string; owner: string | null };

/**
 * What some people's caps count since a moment. By the time at which a row's last lease ends: that never moves while
 * the row goes from `sending` to its end, so that a scan of the index cannot miss a row which moves meanwhile. What left
 * comes grouped: three rows a person cost half as much as three documents.
 */
export async function readCapUsage(
  store: Store,
  contacts: readonly string[],
  since: Date,
  session?: ClientSession,
): Promise<CountedRow[]> {
  if (contacts.length === 0) return [];
  const found = await store.deliveries
    .aggregate<Group>([{ $match: countedFilter(contacts, since) }, { $group: GROUP }], {
      hint: 'counted',
      ...(session && { session }),
    })
    .toArray();
  return found.flatMap(({ _id: { sending, ...of }, at }) =>
    at.map((one) => ({
      ...of,
      id: sending?.id ?? '',
      owner: sending?.owner ?? null,
      at: one,
      pending: sending !== null,
    })),
  );
}

type Group = {
  _id: Pick<CountedRow, 'contact' | 'class' | 'program' | 'topic'> & {
    /** Null of all that left. */
    sending: { id: string; owner: string | null } | null;
  };
  at: Date[];
};

const GROUP = {
  _id: {
    contact: '$contact',
    class: '$class',
    program: '$program',
    topic: '$topic',
    sending: { $cond: [{ $eq: ['$state', 'sending'] }, { id: '$_id', owner: '$owner' }, null] },
  },
  at: { $push: '$leaseUntil' },
};

export const countedFilter = (contacts: readonly string[], since: Date) => ({
  contact: { $in: [...contacts] },
  class: { $in: [...COUNTED_CLASSES] },
  leaseUntil: { $gt: since },
  state: { $in: COUNTED_STATES },
  test: { $exists: false },
});
