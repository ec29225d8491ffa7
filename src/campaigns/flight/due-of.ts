import type { Contact } from '../../contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../../domain/audience/profile.ts';
import { type DueAt, dueAt } from '../../domain/campaigns/due.ts';
import { zonesOfPerson } from '../../domain/hours/zones-of-person.ts';
import type { Going } from './going.ts';

/** When one person's message is due. Where nothing was said of it: now. Who waited for a winner is placed from then on. */
export function dueOf(
  { campaign, program }: Pick<Going, 'campaign' | 'program'>,
  of: Contact,
  digest: string,
  now: Date,
): DueAt {
  const { when, startAt, winner } = campaign;
  if (when === undefined || startAt === null) return { at: now, missed: false };
  const where = zonesOfPerson(of.stored.profile?.place ?? EMPTY_PROFILE.place, of.number);
  return dueAt(when, winner?.at ?? startAt, { where, digest }, program.zone, now);
}
