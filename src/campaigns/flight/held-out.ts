import type { Contact } from '../../contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../../domain/audience/profile.ts';
import { isHeldOut } from '../../domain/campaigns/split.ts';
import { later } from '../../domain/campaigns/when.ts';
import { mayGoFrom } from '../../domain/hours/may-go-from.ts';
import { zonesOfPerson } from '../../domain/hours/zones-of-person.ts';
import type { Program } from '../../domain/program.ts';
import { SPARE_MS } from '../../sending/quiet-hours.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';

/**
 * The row of somebody held out is due when they would have got it at the earliest, by their hours: what they do counts
 * from then on. Any other row stays as it is.
 */
export function placeHeldOut(
  row: DeliveryDoc,
  { stored, number }: Contact,
  { quietHours }: Program,
  now: Date,
): DeliveryDoc {
  if (!isHeldOut(row.decision)) return row;
  const due = later(row.dueAt, now);
  if (quietHours === 'off') return { ...row, dueAt: due };
  const where = zonesOfPerson(stored.profile?.place ?? EMPTY_PROFILE.place, number);
  return { ...row, dueAt: mayGoFrom(row.class, where, due, SPARE_MS) };
}
