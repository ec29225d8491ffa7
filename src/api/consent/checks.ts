import { z } from 'zod';
import { capsOf } from '../../campaigns/flight/caps-of.ts';
import type { Desk } from '../../consent/desk.ts';
import { type Contact, contactById, holderOf } from '../../contacts/find-contact.ts';
import type { CapHit } from '../../domain/caps/caps.ts';
import type { Person } from '../../domain/consent/person.ts';
import type { Program, Topic } from '../../domain/program.ts';
import type { Reason, Verdict } from '../../domain/sending/may-receive.ts';
import { CLASS_OF, topicVerdict, verdictNow } from '../../domain/sending/reach.ts';
import type { Hold } from '../../sending/quiet-hours.ts';
import { countIfUnknown } from '../contacts/lookup-quota.ts';
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
import { held, heldOf } from '../programs/hours-shape.ts';
import type { Call } from '../route.ts';
import { standingOf } from './standing-of.ts';

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

/** Whether a body asks about a number, so that the answer tells if it is known here. One of a wrong shape is told nothing. */
export const byPhone = (body: unknown): boolean => checkBody.safeParse(body).data?.phone !== undefined;

/** Asks the gate's own rule, on facts read now. Sends nothing; where nothing is held the answer is no. */
export async function check(call: Call<{ body: typeof checkBody }>) {
  const { desk, key, body } = call;
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
    await countIfUnknown(call, contact !== null);
  }
  const now = desk.now();
  const { reasons, hold, hit } =
    contact === null
      ? { reasons: reasonsIn(topicVerdict(person, book, program, topic.id, now)), hold: null, hit: null }
      : await reasonsFor(desk, contact, { program, topic }, now);
  return {
    allowed: reasons.length === 0,
    reasons: reasonsOf(reasons),
    held: heldOf(hold),
    capped: cappedOf(hit),
    checked_at: iso(now),
  };
}

const reasonsIn = (verdict: Verdict): Reason[] => (verdict.allowed ? [] : verdict.reasons);

/** Why a message about a topic may not go now; whom consent permits it, hours and caps may keep it from. */
async function reasonsFor(
  desk: Desk,
  contact: Contact,
  about: { program: Program; topic: Topic },
  now: Date,
): Promise<{ reasons: Reason[]; hold: Hold | null; hit: CapHit | null }> {
  const { program, topic } = about;
  const standing = await standingOf(desk, contact, program, now);
  const reasons = reasonsIn(verdictNow(contact.person, topic, standing));
  const hold = reasons.includes('quiet-hours') ? standing.hold : null;
  if (reasons.length > 0 && hold === null) return { reasons, hold, hit: null };
  const hit = (await capsOf(desk, [contact.stored], about)).get(contact.id) ?? null;
  return { reasons: hit === null ? reasons : [...reasons, 'capped'], hold, hit };
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
