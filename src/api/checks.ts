import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { sendFactsOf } from '../contacts/contact-status.ts';
import { contactById, holderOf, type OpenedContact } from '../contacts/find-contact.ts';
import type { CapHit } from '../domain/caps/cap-rules.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import type { Program, Topic } from '../domain/program.ts';
import { CLASS_OF, topicVerdict, verdictNow } from '../domain/sending/message-plan.ts';
import type { Reason, SendVerdict } from '../domain/sending/send-rules.ts';
import { capHits } from '../segments/eligibility.ts';
import type { Hold } from '../sending/quiet-hours.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber } from './http/rate-limits.ts';
import type { ApiRequest } from './http/route.ts';
import {
  capped,
  cappedOf,
  contactId,
  held,
  heldOf,
  heldPhone,
  iso,
  namesOnePerson,
  ONE_PERSON,
  reason,
  reasonsOf,
  slug,
  time,
} from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';

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
  held: held.meta({ description: 'Where quiet hours are the reason, which, and when they let it go.' }),
  capped: capped.meta({ description: 'The cap where that is the reason, and when there is room again.' }),
  checked_at: time,
});

/**
 * Whether a body asks about a number: then the answer tells whether the number is known here. A malformed body
 * tells nothing.
 */
export const byPhone = (body: unknown): boolean => checkBody.safeParse(body).data?.phone !== undefined;

/** Evaluates the gate's own rule on facts read now. Sends nothing. An unknown person means no. */
export async function check(call: ApiRequest<{ body: typeof checkBody }>) {
  const { context, key, body } = call;
  const { book } = context.catalog.current();
  const program = findProgram(book, body.program);
  const topic = findTopic(program, body.topic);
  const of = CLASS_OF[topic.purpose];
  if (body.class !== undefined && body.class !== of) {
    throw unusable('class', `Messages of this topic are ${of}.`);
  }
  const { contact, person } = await whoIs(context, body);
  if (body.phone !== undefined) {
    context.log.info({ key: key.id, contact: contact?.id ?? null }, 'a number was looked up by a check');
    await countUnknownNumber(call, contact !== null);
  }
  const now = context.now();
  const { reasons, hold, hit } =
    contact === null
      ? { reasons: reasonsIn(topicVerdict(person, book, program, topic.id, now)), hold: null, hit: null }
      : await reasonsFor(context, contact, { program, topic }, now);
  return {
    allowed: reasons.length === 0,
    reasons: reasonsOf(reasons),
    held: heldOf(hold),
    capped: cappedOf(hit),
    checked_at: iso(now),
  };
}

const reasonsIn = (verdict: SendVerdict): Reason[] => (verdict.allowed ? [] : verdict.reasons);

/**
 * Why a message about a topic may not be sent now. A person with consent may still be withheld by quiet hours and
 * caps.
 */
async function reasonsFor(
  context: AppContext,
  contact: OpenedContact,
  about: { program: Program; topic: Topic },
  now: Date,
): Promise<{ reasons: Reason[]; hold: Hold | null; hit: CapHit | null }> {
  const { program, topic } = about;
  const standing = await sendFactsOf(context, contact, program, now);
  const reasons = reasonsIn(verdictNow(contact.person, topic, standing));
  const hold = reasons.includes('quiet-hours') ? standing.hold : null;
  if (reasons.length > 0 && hold === null) return { reasons, hold, hit: null };
  const hit = (await capHits(context, [contact.stored], about)).get(contact.id) ?? null;
  return { reasons: hit === null ? reasons : [...reasons, 'capped'], hold, hit };
}

async function whoIs(
  context: ApiRequest<object>['context'],
  { contact, phone: number }: z.output<typeof checkBody>,
): Promise<{ contact: OpenedContact | null; person: ConsentState }> {
  if (number !== undefined) return holderOf(context, number);
  const found = await contactById(context, contact ?? '');
  if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
  return { contact: found, person: found.person };
}
