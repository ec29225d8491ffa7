import { EMPTY_PROFILE } from '../domain/audience/profile.ts';
import { type HoursVerdict, mayTextAt } from '../domain/hours/may-text-at.ts';
import { zonesOfPerson } from '../domain/hours/zones-of-person.ts';
import type { Program } from '../domain/program.ts';
import type { MessageClass } from '../domain/sending/classes.ts';
import type { Holder } from '../store/holder.ts';

/** A message that waits for hours in which it may go. `by`: the rule, as its source is cited. */
export type Hold = { until: Date; by: string };

/** So long before the hours end nothing leaves any more, ms: the carrier's own queue may take as long. */
const SPARE_MS = 15 * 60_000;

/** Where no hour of the next days suits every place a person may be in, one looks again after so long, ms. */
const NOWHERE_MS = 86_400_000;

/** Hours of one moment: people of one place share an answer, so that thousands a second can be asked about. */
export function createHours(
  now: Date,
): (of: MessageClass, holder: Holder, program: Program | null) => Hold | null {
  const known = new Map<string, HoursVerdict>();
  return (of, { stored, number }, program) => {
    if (of !== 'marketing' || program?.quietHours === 'off') return null;
    const where = zonesOfPerson(stored?.profile?.place ?? EMPTY_PROFILE.place, number);
    const key = [...where.zones, '', ...where.jurisdictions].join(' ');
    const verdict = known.get(key) ?? mayTextAt(of, where, now, SPARE_MS);
    known.set(key, verdict);
    if (verdict.kind === 'allowed') return null;
    const until = verdict.kind === 'held' ? verdict.next : new Date(now.getTime() + NOWHERE_MS);
    return { until, by: verdict.by.source };
  };
}
