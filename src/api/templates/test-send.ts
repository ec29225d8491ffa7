import { z } from 'zod';
import { type WordsOrder, wordsFor } from '../../campaigns/words/words-for.ts';
import { contactById } from '../../contacts/find-contact.ts';
import { mayReceive } from '../../domain/sending/may-receive.ts';
import { requestOf } from '../../domain/sending/reach.ts';
import { planMessage } from '../../sending/plan-message.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import { isTestRecipient } from '../../store/people/test-recipients.ts';
import { contactId, language, reasonsOf, slug } from '../fields.ts';
import { answerMade, answerOf } from '../messages/answer.ts';
import { senderFor } from '../messages/messages.ts';
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
export async function sendTest(call: Sent) {
  const { desk, key, params, body, once } = call;
  if (once === null) throw new Error('a test without an Idempotency-Key');
  const digest = key.keyedHash(`test ${once._id} ${once.asked}`).slice(0, 24);
  const contact = await contactById(desk, body.contact);
  const made = contact && (await answerMade(desk, { bucket: contact.bucket, digest, holder: contact }));
  if (made !== null) return made;
  const template = await findMessageTemplate(desk.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const program = findProgram(desk.catalog.current().book, template.program);
  const topic = findTopic(program, body.topic);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  if (!(await isTestRecipient(desk.store, contact.id)))
    throw new Problem('not-possible', NOT_MARKED, { next_step });
  const sender = await senderFor(desk, program, contact);
  const verdict = mayReceive(requestOf(program, topic, sender), contact.person, program, desk.now());
  if (!verdict.allowed) throw new Problem('refused', NOT_NOW, { reasons: reasonsOf(verdict.reasons) });
  return plan(call, { template, program, topic, contact, sender, digest });
}

async function plan({ desk, key, body }: Sent, order: Omit<WordsOrder, 'language'>) {
  const words = await wordsFor(desk, { ...order, language: body.language ?? null, test: true });
  const { text, media, language, unissued, fault } = words;
  if (text === null || fault !== null)
    throw unusable('contact', `In their words: ${fault?.sentence ?? 'nothing.'}`);
  const { contact, template } = order;
  const row = await planMessage(desk, {
    ...{ ...order, contact: contact.id, template: `${template._id}.${template.version}` },
    ...{ text, media, language, unissued, validUntil: null, test: true },
  });
  if (row === null) throw new Problem('not-found', 'There is no contact of this id.');
  desk.log.info({ key: key.id, delivery: row._id, template: template._id }, 'a test was taken');
  return answerOf(desk, row, text);
}

const NOT_MARKED = 'Tests go to phones of staff alone, and this contact is not marked as one.';
const next_step = 'Mark it: PUT /test-recipients/{id}.';
const NOT_NOW = 'Whoever has this phone may not get a message of this topic now, a test neither.';
