import type { Store } from '../store.ts';
import { REPORT_MS } from './removals.ts';

/** A text that complains, and who wrote it. */
export type Complaint = { contact: string; receivedAt: Date };

/** Texts to some of our numbers that complain, in the order in which they came. */
export async function* complaintsTo(
  store: Store,
  numbers: readonly string[],
  { from, to }: { from: Date; to: Date },
  ms = REPORT_MS,
): AsyncGenerator<Complaint> {
  const texts = store.inbound
    .find(
      { complaint: true, receivedAt: { $gte: from, $lt: to }, to: { $in: [...numbers] } },
      { projection: { _id: 0, contact: 1, receivedAt: 1 }, hint: 'complaints', maxTimeMS: ms },
    )
    .sort({ receivedAt: 1 });
  for await (const { contact, receivedAt } of texts) if (contact !== null) yield { contact, receivedAt };
}
