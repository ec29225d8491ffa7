import type { Tried } from '../../domain/sending/never-left.ts';
import type { Store } from '../store.ts';

/** Longest that one look may take in the database, ms: an opt-out waits for it. */
const BUDGET_MS = 1000;

const TOLD = {
  ...{ _id: 0, state: 1, answers: 1, acceptedAt: 1, carrierSid: 1, extraSids: 1 },
  ...{ lookUpAt: 1, lookups: 1 },
} as const;

/** The newest confirmation to a contact of an opt-out that came at a moment, or before; null where there was none. */
export async function findConfirmation(store: Store, contact: string, until: Date): Promise<Tried | null> {
  const [row] = await confirmationsTo(store, contact, until).toArray();
  return row ?? null;
}

export function confirmationsTo(store: Store, contact: string, until: Date) {
  const filter = { contact, class: 'opt-out-confirmation' as const, 'answers.receivedAt': { $lte: until } };
  const options = { projection: TOLD, hint: 'of-contact', maxTimeMS: BUDGET_MS };
  return store.deliveries.find<Tried>(filter, options).sort({ createdAt: -1, _id: -1 }).limit(1);
}
