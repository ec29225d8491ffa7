import { z } from 'zod';
import { wordsFor } from '../../campaigns/words/words-for.ts';
import { contactById } from '../../contacts/find-contact.ts';
import { notesOn } from '../../domain/sending/message-plan.ts';
import { topicVerdict } from '../../domain/sending/reach.ts';
import { planMessage } from '../../sending/plan-message.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import { isTestRecipient } from '../../store/people/test-recipients.ts';
import { contactId, language, reasonsOf, slug } from '../fields.ts';
import { type messageAnswer, senderFor } from '../messages/messages.ts';
import { notesOf } from '../notes.ts';
import { Problem, unusable } from '../problem.ts';
import { findProgram, findTopic } from '../programs/find-program.ts';
import type { Call } from '../route.ts';
import type { templateParams } from './templates.ts';

export const testBody = z.strictObject({
  contact: contactId,
  topic: slug.meta({ description: 'As which it is tried: class and consent follow from it.' }),
  language: language.optional().meta({ description: "Else the person's own." }),
});

type Sent = Call<{ params: typeof templateParams; body: typeof testBody }>;

/**
 * Sends a template to a phone of staff, as it would go to anyone: by its topic's class, through the gate, by the
 * consent of whoever has the phone. Throws a `Problem` with the reason where it may not go.
 */
export async function sendTest({
  desk,
  key,
  params,
  body,
  once,
}: Sent): Promise<z.input<typeof messageAnswer>> {
  if (once === null) throw new Error('a test without an Idempotency-Key');
  const { book } = desk.catalog.current();
  const template = await findMessageTemplate(desk.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const program = findProgram(book, template.program);
  const topic = findTopic(program, body.topic);
  const contact = await contactById(desk, body.contact);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  if (!(await isTestRecipient(desk.store, contact.id)))
    throw new Problem('not-possible', NOT_MARKED, { next_step });
  const verdict = topicVerdict(contact.person, book, program, topic.id, desk.now());
  if (!verdict.allowed) throw new Problem('refused', NOT_NOW, { reasons: reasonsOf(verdict.reasons) });
  const digest = key.keyedHash(`test ${once._id} ${once.asked}`).slice(0, 24);
  const order = { template, program, topic, contact, digest };
  const words = await wordsFor(desk, { ...order, language: body.language ?? null, test: true });
  const { text, media, fault } = words;
  if (text === null || fault !== null)
    throw unusable('contact', `In their words: ${fault?.sentence ?? 'nothing.'}`);
  const sender = await senderFor(desk, program, contact);
  const row = await planMessage(desk, {
    contact: contact.id,
    digest,
    program,
    topic,
    sender,
    text,
    media,
    language: words.language,
    template: `${template._id}.${template.version}`,
    validUntil: null,
    test: true,
  });
  if (row === null) throw new Problem('not-found', 'There is no contact of this id.');
  desk.log.info({ key: key.id, delivery: row._id, template: template._id }, 'a test was taken');
  return answerOf(row, notesOf(notesOn(text, program, topic.purpose)));
}

function answerOf(
  { _id: id, contact, class: of, state, decision, parts }: DeliveryDoc,
  notes: z.input<typeof messageAnswer>['notes'],
): z.input<typeof messageAnswer> {
  return { id, contact, class: of, state, reasons: reasonsOf(decision?.reasons ?? []), parts, notes };
}

const NOT_MARKED = 'Tests go to phones of staff alone, and this contact is not marked as one.';
const next_step = 'Mark it: PUT /test-recipients/{id}.';
const NOT_NOW = 'Whoever has this phone may not get a message of this topic now, a test neither.';
