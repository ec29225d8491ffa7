import { z } from 'zod';
import { CLASS_OF } from '../domain/sending/message-plan.ts';
import { checkReachability } from '../segments/reachability.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber } from './http/rate-limits.ts';
import { type ApiRequest, actorOf, defineRoute } from './http/route.ts';
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
  shape,
  slug,
  time,
} from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';

const checkBody = z
  .strictObject({
    contact: contactId.optional(),
    phone: heldPhone.optional(),
    program: slug.meta({ description: 'Id of the program for which the message would be sent.' }),
    topic: slug.meta({ description: 'Id of the topic that the message would be about.' }),
    class: z.enum(['transactional', 'marketing']).optional().meta({
      description: "The class follows from the topic's purpose. When it is given, it must be that class.",
    }),
  })
  .refine(namesOnePerson, ONE_PERSON)
  .meta({ id: 'CheckMessageRequest' });

const checkAnswer = shape('MessageCheck', {
  allowed: z.boolean(),
  reasons: z.array(reason).meta({ description: 'Why not; empty when the message is allowed.' }),
  held: held.meta({ description: 'The quiet hours, when they are the reason, and when they end.' }),
  capped: capped.meta({ description: 'The cap, when it is the reason, and when it allows a message again.' }),
  checked_at: time,
});

/**
 * Whether a body asks about a number: then the answer tells whether the number is known here. A malformed body
 * tells nothing.
 */
const byPhone = (body: unknown): boolean => checkBody.safeParse(body).data?.phone !== undefined;

async function check(call: ApiRequest<{ body: typeof checkBody }>) {
  const { context, key, body } = call;
  const program = findProgram(context.catalog.current().book, body.program);
  const topic = findTopic(program, body.topic);
  const of = CLASS_OF[topic.purpose];
  if (body.class !== undefined && body.class !== of) {
    throw unusable('class', `Messages of this topic are ${of}.`);
  }
  const who = body.phone === undefined ? { contact: body.contact ?? '' } : { phone: body.phone };
  const onLookUp = (isHeld: boolean) => countUnknownNumber(call, isHeld);
  const checked = await checkReachability(context, {
    actor: actorOf(key),
    who,
    about: { program, topic },
    onLookUp,
  });
  if (checked.kind === 'no-contact') throw new Problem('not-found', 'There is no contact of this id.');
  const { reasons, hold, hit, at } = checked;
  return {
    allowed: reasons.length === 0,
    reasons: reasonsOf(reasons),
    held: heldOf(hold),
    capped: cappedOf(hit),
    checked_at: iso(at),
  };
}

/** Whether a person may get a message now. */
export const CHECK_ROUTE = defineRoute({
  method: 'post',
  path: '/checks',
  id: 'checkMessage',
  returns: 'Whether the person may get a message now, and why not.',
  scope: 'contacts:read',
  looksUp: byPhone,
  summary: 'Ask whether a person may get a message now, and why not. Nothing is sent.',
  body: checkBody,
  answer: checkAnswer,
  problems: ['not-found', 'not-possible'],
  handle: check,
});
