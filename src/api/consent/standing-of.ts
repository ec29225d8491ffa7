import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import { isSubscribed } from '../../domain/consent/person.ts';
import { findSender, type Program } from '../../domain/program.ts';
import type { Moment } from '../../domain/sending/reach.ts';
import { chooseSender } from '../../sending/pacing/choose-sender.ts';
import { createHours, type Hold } from '../../sending/quiet-hours.ts';

/**
 * What beside consent decides whether a program may text someone now: the number that `POST /messages` would take, and the
 * hours. Of whom consent keeps from it, the program's first number: no queue is counted for a no.
 */
export async function standingOf(
  desk: Desk,
  contact: Contact,
  program: Program,
  now: Date,
): Promise<Moment & { hold: Hold | null }> {
  const { book } = desk.catalog.current();
  const to = { id: contact.id, number: contact.number, suppressions: contact.person.suppressions };
  const from = isSubscribed(contact.person, program.id)
    ? await chooseSender(desk.store, book, program, to)
    : findSender(book, program.numbers[0] ?? '');
  const { hold } = createHours(now)({ class: 'marketing' }, contact, program);
  return { program, from, hold, quiet: hold !== null, now };
}
