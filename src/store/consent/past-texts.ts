import { isTimeLimit } from '../database-failure.ts';
import type { Store } from '../store.ts';
import type { InboundDoc } from './inbound.ts';

/** Of one text: enough to read it again. */
export type PastText = Pick<InboundDoc, '_id' | 'receivedAt' | 'to' | 'forgotten' | 'sealed'> & {
  contact: string;
};

/** Both ends are in it. */
export type Span = { since: Date; until: Date };

/** The last text of a slice. */
export type TextPlace = { contact: string; at: Date };

const PART = { contact: 1, receivedAt: 1, to: 1, forgotten: 1, sealed: 1 } as const;
const BY_PERSON = { contact: 1, receivedAt: 1 } as const;

/** As two questions, so that each is a walk along the index `of-contact`: the rest of one person's texts, then other people's. */
export function pastFilters({ since, until }: Span, after: TextPlace | null): object[] {
  const others = { contact: { $gt: after?.contact ?? '' }, receivedAt: { $gte: since, $lte: until } };
  if (after === null) return [others];
  return [{ contact: after.contact, receivedAt: { $gt: after.at, $lte: until } }, others];
}

/**
 * Texts of a span, person by person, so that each person's key is opened once: at least `limit` where so many are left.
 * Texts of one person and moment are never parted. Those that belong to nobody are not among them.
 */
export async function pastTexts(
  store: Store,
  span: Span,
  after: TextPlace | null,
  limit: number,
): Promise<PastText[]> {
  const found: PastText[] = [];
  for (const filter of pastFilters(span, after)) {
    if (found.length >= limit) break;
    found.push(...(await walk(store, filter, limit - found.length)));
  }
  const last = found.at(-1);
  if (last === undefined || found.length < limit) return found;
  const { contact, receivedAt } = last;
  const rest = await walk(store, { contact, receivedAt }, 0);
  return [
    ...found.filter((one) => one.contact !== contact || one.receivedAt < receivedAt),
    ...rest.sort((a, b) => (a._id < b._id ? -1 : 1)),
  ];
}

const walk = (store: Store, filter: object, limit: number): Promise<PastText[]> =>
  store.inbound
    .find(filter, { projection: PART, sort: BY_PERSON, hint: 'of-contact', limit })
    .toArray() as Promise<PastText[]>;

/** Texts of a span that belong to nobody: forms that name no sender. */
export async function textsOfNobody(store: Store, { since, until }: Span): Promise<number> {
  return store.inbound.countDocuments({ contact: null, receivedAt: { $gte: since, $lte: until } });
}

/** How many texts of people a span has; null where counting took longer than so many ms. */
export async function countTexts(store: Store, { since, until }: Span, ms: number): Promise<number | null> {
  const filter = { contact: { $gt: '' }, receivedAt: { $gte: since, $lte: until } };
  return store.inbound
    .countDocuments(filter, { hint: 'of-contact', maxTimeMS: ms })
    .catch((error: unknown) => {
      if (isTimeLimit(error)) return null;
      throw error;
    });
}
