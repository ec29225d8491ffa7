import type { Document, Filter } from 'mongodb';
import type { ContactDoc } from './contacts.ts';
import type { Store } from './store.ts';

/** Longest time one question about an audience may take in the database, ms. */
const BUDGET_MS = 10_000;

/** Whoever was erased is in no audience: their number can be read no more. */
const reachable = (who: Document): Filter<ContactDoc> => ({ $and: [who, { sealed: { $ne: null } }] });

/** How many contacts fit. Rejects where the database takes longer than ten seconds. */
export async function countAudience(store: Store, who: Document): Promise<number> {
  return store.contacts.countDocuments(reachable(who), { maxTimeMS: BUDGET_MS });
}

/** The first contacts that fit, from after an id on. Ids are random, so the first of all are a fair sample. */
export async function readAudience(
  store: Store,
  who: Document,
  page: { after: string | null; limit: number },
): Promise<ContactDoc[]> {
  const filter =
    page.after === null ? reachable(who) : { $and: [reachable(who), { _id: { $gt: page.after } }] };
  return store.contacts
    .find(filter as Filter<ContactDoc>, { maxTimeMS: BUDGET_MS })
    .sort({ _id: 1 })
    .limit(page.limit)
    .toArray();
}

/** Who of some people fits. */
export async function contactsAmong(
  store: Store,
  who: Document,
  contacts: readonly string[],
): Promise<Set<string>> {
  const filter = { $and: [{ _id: { $in: [...contacts] } }, who] } as Filter<ContactDoc>;
  const options = { projection: { _id: 1 }, hint: { _id: 1 }, maxTimeMS: BUDGET_MS };
  const found = await store.contacts.find(filter, options).toArray();
  return new Set(found.map(({ _id }) => _id));
}
