import type { ClientSession } from 'mongodb';
import type { CountedMessage } from '../../domain/caps/cap-rules.ts';
import type { Database } from '../collection.ts';
import { type DeliveryState, deliveries } from './delivery.ts';

/** Classes that caps count; answers to a person are not counted. The index `counted` names the same two. */
const COUNTED_CLASSES = ['marketing', 'transactional'] as const;

/**
 * States of a delivery that was handed over, or may be at this moment. Not `failed`: the carrier refused it, so no
 * message was made. Tests to staff never count.
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
 * The messages that some people's caps count since a moment. Selects by the end of the last lease: that time does not
 * change while a delivery moves from `sending` to its end, so an index scan cannot miss a delivery that moves
 * meanwhile. Sent messages are grouped, because three deliveries per person cost half as much as three documents.
 */
export async function readCapUsage(
  database: Database,
  contacts: readonly string[],
  since: Date,
  session?: ClientSession,
): Promise<CountedRow[]> {
  if (contacts.length === 0) return [];
  const found = await deliveries(database)
    .aggregate<Group>([{ $match: countedFilter(contacts, since) }, { $group: GROUP }], {
      hint: deliveries.hint('counted'),
      ...(session && { session }),
    })
    .toArray();
  return found.flatMap(({ _id: { sending, ...of }, at }) =>
    at.map((time) => ({
      ...of,
      id: sending?.id ?? '',
      owner: sending?.owner ?? null,
      at: time,
      pending: sending !== null,
    })),
  );
}

type Group = {
  _id: Pick<CountedRow, 'contact' | 'class' | 'program' | 'topic'> & {
    /** Null for all messages that were sent. */
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
