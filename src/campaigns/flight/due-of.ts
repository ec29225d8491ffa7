import type { Contact } from '../../contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../../domain/audience/profile.ts';
import { type DueAt, dueAt, placedFrom, within } from '../../domain/campaigns/due.ts';
import { zonesOfPerson } from '../../domain/hours/zones-of-person.ts';
import type { Going } from './going.ts';

/**
 * When one person's message is due. Where nothing was said of it: now. What went after its time is placed from then on, and
 * who waited for a winner from when it was chosen.
 */
export function dueOf(
  { campaign, program }: Pick<Going, 'campaign' | 'program'>,
  of: Contact,
  digest: string,
  now: Date,
): DueAt {
  const { when, startAt, wentAt, winner, deadline } = campaign;
  if (when === undefined || startAt === null) return { at: now, missed: false };
  const where = zonesOfPerson(of.stored.profile?.place ?? EMPTY_PROFILE.place, of.number);
  const from = winner?.at ?? placedFrom(startAt, wentAt);
  return dueAt(within(when, from, deadline), from, { where, digest }, program.zone, now);
}
