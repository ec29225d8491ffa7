import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { WHEN_CAPPED } from '../domain/caps/cap-rules.ts';
import { programById } from '../domain/program.ts';
import { notesOn, VALID_MINUTES } from '../domain/sending/message-plan.ts';
import { adviceOnWords } from '../domain/templates/foreign-placeholders.ts';
import { FREE_TEXT, type MessageToSend, sendMessage } from '../templates/send-message.ts';
import { messageClass as anyClass, deliveryState } from './deliveries.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { countUnknownNumber } from './http/rate-limits.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import {
  contactId,
  language,
  namesOnePerson,
  note,
  notesOf,
  ONE_PERSON,
  phone,
  reason,
  reasonsOf,
  shape,
  slug,
  wordsToSend,
} from './http/shapes.ts';

const text = wordsToSend.meta({
  description: 'The words as they are to arrive: nothing is added and nothing is taken away.',
  examples: ['Fernway: your order 1042 is on its way.'],
});

/** What the gateway does with a message that is over a frequency cap: drop it, or send it later. */
export const whenCapped = z.enum(WHEN_CAPPED).meta({ id: 'WhenCapped' });

const messageBody = z
  .strictObject({
    contact: contactId.optional(),
    phone: phone.optional(),
    program: slug.meta({ description: 'Id of the program for which the message is sent.' }),
    topic: slug.meta({
      description: 'What the message is about. The topic alone decides whether the message is marketing.',
    }),
    text: text.optional(),
    template: slug.optional().meta({
      description: 'In place of text: a template of this program, merged with the data of the person.',
    }),
    language: language
      .optional()
      .meta({ description: "Language of the text; when absent, the person's own language." }),
    capped: whenCapped.prefault('defer').meta({
      description:
        'What happens when a cap withholds the message: `defer` lets it wait until the cap frees, `skip` sends nothing.',
    }),
    valid_minutes: z
      .int()
      .min(VALID_MINUTES.least)
      .max(VALID_MINUTES.most)
      .optional()
      .meta({ description: 'A message that has not left after so many minutes is not sent.' }),
  })
  .refine(namesOnePerson, ONE_PERSON)
  .refine((body) => (body.text === undefined) !== (body.template === undefined), {
    path: ['text'],
    error: 'Give either text or template. Exactly one of them is accepted.',
  })
  .meta({ id: 'SendMessageRequest' });

async function postMessage(call: ApiRequest<{ body: typeof messageBody }>) {
  const { context, key, once, body } = call;
  if (once === null) throw new Error('a message without an Idempotency-Key');
  const sent = await sendMessage(context, {
    ...orderOf(body),
    actor: actorOf(key),
    digest: key.keyedHash(`delivery ${once._id} ${once.asked}`).slice(0, 24),
    countNumber: (isHeld) => countUnknownNumber(call, isHeld),
  }).catch(throwRefusal);
  if (sent.kind === 'no-contact') throw new Problem('not-found', 'There is no contact of this id.');
  if (sent.kind === 'planned') return answerOf(context, sent.delivery, sent.text);
  throw new Problem('refused', 'Nobody is known under this number, so nothing was sent.', {
    reasons: reasonsOf(sent.reasons),
    next_step: 'Ask the person to join: POST /opt-ins, or a keyword from their own phone.',
  });
}

type Ordered = Omit<MessageToSend, 'actor' | 'digest' | 'countNumber'>;

const orderOf = (body: z.output<typeof messageBody>): Ordered => ({
  to: body.phone === undefined ? { contact: body.contact ?? '' } : { number: body.phone },
  program: body.program,
  topic: body.topic,
  words: body.template === undefined ? { text: body.text ?? '' } : { template: body.template },
  language: body.language ?? null,
  capped: body.capped,
  validMinutes: body.valid_minutes ?? null,
});

export const messageAnswer = shape('Message', {
  id: z.string().meta({ description: 'Id of the delivery: GET /deliveries/{id} shows what became of it.' }),
  contact: contactId,
  class: anyClass,
  state: deliveryState,
  reasons: z.array(reason).meta({ description: 'Why the message is not sent; empty when it is.' }),
  parts: z
    .number()
    .meta({ description: 'Parts that count against the rate of the sender; an MMS counts as one.' }),
  notes: z.array(note).meta({ description: 'What to improve in the next text.' }),
});

type Planned = Extract<Awaited<ReturnType<typeof sendMessage>>, { kind: 'planned' }>['delivery'];

/** `text`: null when the words can no longer be read; then nothing about them is noted. */
export function answerOf(
  context: Pick<AppContext, 'catalog'>,
  delivery: Planned,
  text: string | null,
): z.input<typeof messageAnswer> {
  const { _id: id, contact, class: messageClass, state, decision, parts } = delivery;
  const program = programById(context.catalog.current().book, delivery.program);
  const purpose = messageClass === 'marketing' ? 'marketing' : 'informational';
  const notes = text === null || program === null ? [] : notesOn(text, program, purpose);
  // A template was checked when it was saved.
  const placeholders = delivery.template === FREE_TEXT ? adviceOnWords(text ?? '') : [];
  const reasons = reasonsOf(decision?.reasons ?? []);
  return { id, contact, class: messageClass, state, reasons, parts, notes: notesOf(notes, placeholders) };
}

/** Messages to one person. */
export const MESSAGE_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/messages',
  id: 'sendMessage',
  returns: 'The planned message, or why it is not sent.',
  scope: 'messages:write',
  rate: 'messages',
  idempotency: 'required',
  summary:
    'Send one person a message about a topic that they chose. A person who may not get the message now gets none, and the answer says why.',
  body: messageBody,
  status: 202,
  answer: messageAnswer,
  problems: ['not-found', 'refused', 'not-possible'],
  handle: postMessage,
});
