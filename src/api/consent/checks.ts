import { z } from 'zod';
import { capsOf } from '../../campaigns/flight/caps-of.ts';
import { type Contact, contactById, holderOf } from '../../contacts/find-contact.ts';
import type { Person } from '../../domain/consent/person.ts';
import { CLASS_OF, topicVerdict } from '../../domain/sending/reach.ts';
import {
  contactId,
  heldPhone,
  iso,
  namesOnePerson,
  ONE_PERSON,
  reason,
  reasonsOf,
  slug,
  time,
} from '../fields.ts';
import { Problem, unusable } from '../problem.ts';
import { capped, cappedOf } from '../programs/cap-shape.ts';
import { findProgram, findTopic } from '../programs/find-program.ts';
import type { Call } from '../route.ts';

export const checkBody = z
  .strictObject({
    contact: contactId.optional(),
    phone: heldPhone.optional(),
    program: slug,
    topic: slug,
    class: z
      .enum(['transactional', 'marketing'])
      .optional()
      .meta({ description: "Follows from the topic's purpose; where it is given, it must agree." }),
  })
  .refine(namesOnePerson, ONE_PERSON);

export const checkAnswer = z.strictObject({
  allowed: z.boolean(),
  reasons: z.array(reason),
  capped: capped.meta({ description: 'The cap where that is the reason, and when there is room again.' }),
  checked_at: time,
});

/** Whether a body asks about a number, so that the answer tells if it is known here. One of a wrong shape is told nothing. */
export const byPhone = (body: unknown): boolean => checkBody.safeParse(body).data?.phone !== undefined;

/** Asks the gate's own rule, on facts read now. Sends nothing; where nothing is held the answer is no. */
export async function check({ desk, key, body }: Call<{ body: typeof checkBody }>) {
  const { book } = desk.catalog.current();
  const program = findProgram(book, body.program);
  const topic = findTopic(program, body.topic);
  const of = CLASS_OF[topic.purpose];
  if (body.class !== undefined && body.class !== of) {
    throw unusable('class', `Messages of this topic are ${of}.`);
  }
  const { contact, person } = await whoIs(desk, body);
  if (body.phone !== undefined) {
    desk.log.info({ key: key.id, contact: contact?.id ?? null }, 'a number was looked up by a check');
  }
  const now = desk.now();
  const verdict = topicVerdict(person, book, program, topic.id, now);
  const caps =
    verdict.allowed && contact !== null ? await capsOf(desk, [contact.stored], { program, topic }) : null;
  const hit = caps?.get(contact?.id ?? '') ?? null;
  return {
    allowed: verdict.allowed && hit === null,
    reasons: reasonsOf(verdict.allowed ? (hit === null ? [] : ['capped']) : verdict.reasons),
    capped: cappedOf(hit),
    checked_at: iso(now),
  };
}

async function whoIs(
  desk: Call<object>['desk'],
  { contact, phone: number }: z.output<typeof checkBody>,
): Promise<{ contact: Contact | null; person: Person }> {
  if (number !== undefined) return holderOf(desk, number);
  const found = await contactById(desk, contact ?? '');
  if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
  return { contact: found, person: found.person };
}
