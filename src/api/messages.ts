import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { contactById, holderOf, type OpenedContact } from '../contacts/find-contact.ts';
import { WHEN_CAPPED } from '../domain/caps/cap-rules.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import { type Program, programById, type Sender, type Topic } from '../domain/program.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { MESSAGE_CLASSES } from '../domain/sending/lanes.ts';
import { notesOn, topicVerdict, VALID_MINUTES } from '../domain/sending/message-plan.ts';
import type { SendVerdict } from '../domain/sending/send-rules.ts';
import { countryOf } from '../domain/sending/sender-pool.ts';
import { type MessageRequest, planMessage } from '../sending/plan-delivery.ts';
import { chooseSender } from '../sending/sender-selection.ts';
import { type DeliveryDoc, findDeliveries } from '../store/deliveries/delivery.ts';
import { deliveryId, openContent } from '../store/deliveries/new-delivery.ts';
import { bucketOf } from '../store/sealing/keys.ts';
import { findMessageTemplate, type MessageTemplateDoc } from '../store/templates/templates.ts';
import { renderForDelivery } from '../templates/render.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber, logLookUp } from './http/rate-limits.ts';
import type { ApiRequest } from './http/route.ts';
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
  slug,
  wordsToSend,
} from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';

const text = wordsToSend.meta({
  description: 'The words as they are to arrive: nothing is added, and nothing taken away.',
  examples: ['Fernway: your order 1042 is on its way.'],
});

export const messageBody = z
  .strictObject({
    contact: contactId.optional(),
    phone: phone.optional(),
    program: slug,
    topic: slug.meta({ description: 'What it is about; whether it is marketing follows from it alone.' }),
    text: text.optional(),
    template: slug
      .optional()
      .meta({ description: 'In place of text: a template of this program, in the words of the person.' }),
    language: language.optional().meta({ description: "Of the text; else the person's own." }),
    capped: z.enum(WHEN_CAPPED).prefault('defer').meta({
      description: 'Where a cap keeps it back it waits until the cap lets it go, or is not sent.',
    }),
    valid_minutes: z
      .int('It must be a whole number.')
      .min(VALID_MINUTES.least)
      .max(VALID_MINUTES.most)
      .optional()
      .meta({ description: 'What has not left by then does not leave.' }),
  })
  .refine(namesOnePerson, ONE_PERSON)
  .refine((body) => (body.text === undefined) !== (body.template === undefined), {
    path: ['text'],
    error: 'Give either text or template.',
  });

type Sent = ApiRequest<{ body: typeof messageBody }>;

/**
 * Plans one message, which the dispatcher sends at once, or stores why it is not sent. Once a key has named as many
 * unknown numbers as it may in a day, a refused message by number leaves no record, because the record would name
 * the contact of that number.
 */
export async function sendMessage(call: Sent) {
  const { context, key, body, once } = call;
  if (once === null) throw new Error('a message without an Idempotency-Key');
  const digest = key.keyedHash(`delivery ${once._id} ${once.asked}`).slice(0, 24);
  const who = await whoIs(context, body);
  const bucket = who.contact?.bucket ?? bucketOf(context.indexOf(body.phone ?? ''));
  const made = await answerMade(context, { bucket, digest, holder: who.contact });
  const answer = made ?? (await judged(call, who, digest));
  if (body.phone !== undefined && answer.state === 'skipped') logLookUp(call, answer.contact);
  return answer;
}

async function judged(call: Sent, { contact, person }: Who, digest: string) {
  const { context, body } = call;
  const { book } = context.catalog.current();
  const program = findProgram(book, body.program);
  const topic = findTopic(program, body.topic);
  if (body.language !== undefined && !program.languages.includes(body.language)) {
    throw unusable('language', 'The program does not write in this language.');
  }
  const template = body.template === undefined ? null : await templateOf(context, program, body.template);
  const verdict = person === null ? null : topicVerdict(person, book, program, topic.id, context.now());
  if (body.phone !== undefined && (contact === null || verdict?.allowed !== true))
    await countUnknownNumber(call, contact !== null);
  try {
    if (contact !== null) return await sendTo(call, { program, topic, contact, digest }, template);
    throw verdict === null ? noContact() : heldByNobody(verdict);
  } catch (error) {
    if (error instanceof Problem && body.phone !== undefined) await noteUnkept(call, contact);
    throw error;
  }
}

/** Throws a `Problem` when the program has no such template. */
async function templateOf(context: AppContext, program: Program, id: string): Promise<MessageTemplateDoc> {
  const template = await findMessageTemplate(context.store, id);
  if (template === null || template.program !== program.id)
    throw unusable('template', 'The program has no template of this id.');
  return template;
}

/** Logs and counts the look-up of a refused message, of which nothing is stored. */
async function noteUnkept(call: Sent, contact: OpenedContact | null): Promise<void> {
  logLookUp(call, contact?.id ?? null);
  if (contact !== null) await countUnknownNumber(call, true);
}

type Who = { contact: OpenedContact | null; person: ConsentState | null };

/**
 * By contact id, `person` is null when there is no such contact; by number, `person` has the suppressions of the
 * number.
 */
async function whoIs(context: AppContext, body: Sent['body']): Promise<Who> {
  if (body.contact === undefined) return holderOf(context, body.phone ?? '');
  return { contact: await contactById(context, body.contact), person: null };
}

const noContact = (): Problem => new Problem('not-found', 'There is no contact of this id.');

type About = { program: Program; topic: Topic; contact: OpenedContact; digest: string };

async function sendTo({ context, key, body }: Sent, about: About, template: MessageTemplateDoc | null) {
  const { id: contact } = about.contact;
  const sender = await senderFor(context, about.program, about.contact);
  const said =
    template === null
      ? ofText(body.text ?? '', body)
      : await merged(context, body, { ...about, sender, template });
  const { valid_minutes: minutes } = body;
  const row = await planMessage(context, {
    ...about,
    ...said,
    contact,
    sender,
    capped: body.capped,
    validUntil: minutes === undefined ? null : new Date(context.now().getTime() + minutes * MINUTE_MS),
  });
  if (row === null) throw noContact();
  context.log.info({ key: key.id, delivery: row._id, contact, state: row.state }, 'a message was taken');
  return answerOf(context, row, said.text);
}

type Said = Pick<MessageRequest, 'text' | 'language' | 'template' | 'media' | 'unissued'>;

const ofText = (text: string, { language }: Sent['body']): Said => ({
  text,
  language: language ?? null,
  template: 'text',
});

type Merging = About & { sender: Sender; template: MessageTemplateDoc };

/** Throws a `Problem` when the template has no text for the person. */
async function merged(context: AppContext, body: Sent['body'], merging: Merging): Promise<Said> {
  const { template } = merging;
  const words = await renderForDelivery(context, { ...merging, language: body.language ?? null });
  const { text, language, media, fault, unissued } = words;
  if (text === null || fault !== null) {
    throw unusable('template', `In the words of this person: ${fault?.sentence ?? 'nothing.'}`);
  }
  return { text, language, media, unissued, template: `${template._id}.${template.version}` };
}

/** Throws a `Problem` when no number of the program may text the person. */
export async function senderFor(
  context: AppContext,
  program: Program,
  { id, number, person: { suppressions } }: OpenedContact,
): Promise<Sender> {
  const { book } = context.catalog.current();
  const sender = await chooseSender(context.store, book, program, { id, number, suppressions });
  if (sender === null)
    throw unusable('program', `No number of the program may write to ${countryOf(number)}: see /senders.`);
  return sender;
}

/** A missing consent means no, and a message creates no contact. */
function heldByNobody(verdict: SendVerdict): Problem {
  const reasons = verdict.allowed ? [] : reasonsOf(verdict.reasons);
  const next_step = 'Ask the person to join: POST /opt-ins, or a keyword from their own phone.';
  return new Problem('refused', 'Nobody is held under this number, so nothing was sent.', {
    reasons,
    next_step,
  });
}

export const messageAnswer = z.strictObject({
  id: z.string().meta({ description: 'Of the delivery: GET /deliveries/{id} says what became of it.' }),
  contact: contactId,
  class: z.enum(MESSAGE_CLASSES),
  state: z.enum(DELIVERY_STATES),
  reasons: z.array(reason).meta({ description: 'Why it is not sent, where it is not.' }),
  parts: z.number(),
  notes: z.array(note).meta({ description: 'What to mend in the next text.' }),
});

type MessageAnswer = z.input<typeof messageAnswer>;

/**
 * The answer for a message that an earlier, unanswered attempt of the same request planned; null when it planned
 * none. Must run before any rule: a rule that refuses now does not undo that message. `holder`: the contact that
 * the message may have been planned for.
 */
export async function answerMade(
  context: AppContext,
  { bucket, digest, holder }: { bucket: string; digest: string; holder: OpenedContact | null },
): Promise<MessageAnswer | null> {
  const [row] = await findDeliveries(context.store, [deliveryId({ bucket }, digest)]);
  if (row === undefined) return null;
  const text = holder?.id === row.contact ? openContent(holder, row)?.text : undefined;
  return answerOf(context, row, text ?? null);
}

/** `text`: null when the words can no longer be read; then nothing about them is noted. */
export function answerOf(context: AppContext, row: DeliveryDoc, text: string | null): MessageAnswer {
  const { _id: id, contact, class: of, state, decision, parts } = row;
  const program = programById(context.catalog.current().book, row.program);
  const purpose = of === 'marketing' ? 'marketing' : 'informational';
  const notes = text === null || program === null ? [] : notesOn(text, program, purpose);
  const reasons = reasonsOf(decision?.reasons ?? []);
  return { id, contact, class: of, state, reasons, parts, notes: notesOf(notes) };
}
