import type { Desk } from '../../consent/desk.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { compile } from '../../domain/segments/compile/compile.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { gatherAudience } from '../../store/campaigns/audience.ts';
import { unverifiedSince } from '../../store/people/number-facts.ts';
import { readVerificationRules } from '../../store/people/verification-rules.ts';
import { beginVerification, type VerificationDoc } from '../../store/people/verifications.ts';

/** Longest that counting may take, ms: a run begins all the same. */
const COUNT_MS = 2000;

export type VerificationWish = {
  /** Null: everybody. */
  segment: Resolved | null;
  /** Whoever was verified within so many days is left out; null: for as long as an answer is good. */
  days: number | null;
  by: string;
};

/** Begins a run over everybody, or a segment, whose number was not verified lately. A job does the rest. */
export async function verifyPeople(
  desk: Desk,
  { segment, days, by }: VerificationWish,
): Promise<VerificationDoc> {
  const now = desk.now();
  const { cacheDays } = await readVerificationRules(desk.store);
  const since = new Date(now.getTime() - (days ?? cacheDays) * DAY_MS);
  const begin = { segment, since, lookup: desk.lookup !== null, createdAt: now, createdBy: by };
  const counted = { some: 1, budgetMs: COUNT_MS, most: segment === null };
  const found = await gatherAudience(desk.store, peopleOf({ ...begin, _id: '' }), counted);
  return beginVerification(desk.store, { ...begin, people: found?.people ?? null });
}

/** Who a run looks at. Those it has done stay in, whatever became of them: a slice done again counts the same people. */
export function peopleOf({
  _id,
  segment,
  since,
  createdAt,
}: Pick<VerificationDoc, '_id' | 'segment' | 'since' | 'createdAt'>): Record<string, unknown> {
  const fitting = { $and: [segment === null ? {} : compile(segment, createdAt), unverifiedSince(since)] };
  return { $and: [{ current: true }, { $or: [{ 'verified.run': _id }, fitting] }] };
}
