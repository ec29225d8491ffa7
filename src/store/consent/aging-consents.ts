import { consentAgeOf, monthsAfter } from '../../domain/consent/consent-age.ts';
import { DAY_MS } from '../../domain/durations.ts';
import type { Program } from '../../domain/program.ts';
import type { Database } from '../collection.ts';
import { type ContactDoc, contacts } from '../contacts/contacts.ts';

/**
 * Finds contacts whose consent to marketing of a program has lapsed or needs a renewal, in the order of their ids.
 * Includes those whose renewal prompt was planned a day ago and not answered, since the prompt may not have
 * arrived. The caller's rule judges each contact. At a month's end a contact may be found up to three days late,
 * but the gate does not wait for that. Scans the collection once a night: an index would cost every act of consent.
 */
export async function subscribersWithAgingConsent(
  database: Database,
  program: Program,
  now: Date,
  after: string | null,
  limit: number,
): Promise<ContactDoc[]> {
  const { id } = program;
  const { months, askDays } = consentAgeOf(program);
  const marketing = program.topics.filter(({ purpose }) => purpose === 'marketing').map((topic) => topic.id);
  const confirmedBy = (at: Date) => ({
    program: id,
    state: 'subscribed' as const,
    purposes: 'marketing',
    topics: { $in: marketing },
    $or: [{ 'basis.at': { $lte: at } }, { basis: null, since: { $lte: at } }],
  });
  const lapsed = confirmedBy(monthsAfter(now, -months));
  const soon = confirmedBy(monthsAfter(new Date(now.getTime() + askDays * DAY_MS), -months));
  const unasked = { ...soon, renewalAskedAt: { $exists: false } };
  const long = { ...soon, renewalAskedAt: { $lte: new Date(now.getTime() - DAY_MS) } };
  const unanswered = { program: id, state: 'open' as const };
  const due = [
    { subscriptions: { $elemMatch: lapsed } },
    { subscriptions: { $elemMatch: unasked } },
    { subscriptions: { $elemMatch: long }, prompts: { $elemMatch: unanswered } },
  ].slice(0, askDays > 0 ? 3 : 1);
  return contacts(database)
    .find({
      current: true,
      sealed: { $ne: null },
      ...(after === null ? {} : { _id: { $gt: after } }),
      $or: due,
    })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
}
