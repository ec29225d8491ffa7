import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit, recordTriedNumber } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { programNamed, topicNamed } from '../consent/programs/catalog.ts';
import { contactById, holderOf, type OpenedContact } from '../contacts/find-contact.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { WhenCapped } from '../domain/caps/cap-rules.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import type { Language, Program, Sender, Topic } from '../domain/program.ts';
import { topicVerdict } from '../domain/sending/message-plan.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { countryOf } from '../domain/sending/sender-pool.ts';
import { shortenerInText } from '../domain/text/shared-shorteners.ts';
import { type MessageRequest, planMessage } from '../sending/plan-delivery.ts';
import { chooseSender } from '../sending/sender-selection.ts';
import { type DeliveryDoc, findDeliveries } from '../store/deliveries/delivery.ts';
import { deliveryId, openContent } from '../store/deliveries/new-delivery.ts';
import { bucketOf } from '../store/sealing/keys.ts';
import { findMessageTemplate, type MessageTemplateDoc } from '../store/templates/templates.ts';
import { renderForDelivery } from './render.ts';
import { archivedFault } from './save-template.ts';

/** One message to one person, as a caller of the API asks for it. */
export type MessageToSend = {
  actor: Actor;
  /** The digest of the delivery: the same request, sent again, has the same digest. */
  digest: string;
  to: { contact: string } | { number: string };
  program: string;
  topic: string;
  words: { text: string } | { template: string };
  /** Null: the person's own language. */
  language: Language | null;
  capped: WhenCapped;
  /** The message does not leave later; null: it may. */
  validMinutes: number | null;
  /** Counts a number against those that the key may name. Throws when the key may name no more. */
  countNumber: (isHeld: boolean) => Promise<void>;
};

/** Sent, or stored with the reasons why it is not sent. `text`: null when the words can no longer be opened. */
export type PlannedMessage = { kind: 'planned'; delivery: DeliveryDoc; text: string | null };

type MessageOutcome =
  | PlannedMessage
  | { kind: 'no-contact' }
  /** Nobody holds the number: a missing consent means no, and a message creates no contact. */
  | { kind: 'nobody'; reasons: readonly Reason[] };

/** By contact id, `person` is null; by number, `person` has the suppressions of the number. */
type Recipient = { contact: OpenedContact | null; person: ConsentState | null };

/**
 * Plans one message, which the dispatcher sends at once, or stores why it is not sent. Once a key has named as many
 * unknown numbers as it may in a day, a refused message by number leaves no record, because the record would name the
 * contact of that number. Throws `CommandRefused`, which names the field that cannot be used.
 */
export async function sendMessage(context: AppContext, order: MessageToSend): Promise<MessageOutcome> {
  const { to, digest, actor } = order;
  const isByNumber = 'number' in to;
  const recipient = await recipientOf(context, to);
  // Before any rule: a rule that refuses now does not undo a message that an earlier attempt planned.
  const holder = recipient.contact;
  const bucket = holder?.bucket ?? bucketOf(context.indexOf(isByNumber ? to.number : ''));
  const earlier = await earlierMessage(context, holder, { bucket, digest });
  const outcome = earlier ?? (await planAsAllowed(context, order, recipient));
  if (isByNumber && outcome.kind === 'planned' && outcome.delivery.state === 'skipped')
    await recordTriedNumber(context, actor, outcome.delivery.contact);
  return outcome;
}

async function recipientOf(
  context: Pick<AppContext, 'indexOf' | 'ring' | 'store'>,
  to: MessageToSend['to'],
): Promise<Recipient> {
  if ('number' in to) return holderOf(context, to.number);
  return { contact: await contactById(context, to.contact), person: null };
}

/** The message that an earlier, unanswered attempt of the same request planned; null when it planned none. */
export async function earlierMessage(
  context: Pick<AppContext, 'store'>,
  holder: OpenedContact | null,
  { bucket, digest }: { bucket: string; digest: string },
): Promise<PlannedMessage | null> {
  const [delivery] = await findDeliveries(context.store, [deliveryId({ bucket }, digest)]);
  if (delivery === undefined) return null;
  const content = holder?.id === delivery.contact ? openContent(holder, delivery) : null;
  return { kind: 'planned', delivery, text: content?.text ?? null };
}

async function planAsAllowed(
  context: AppContext,
  order: MessageToSend,
  { contact, person }: Recipient,
): Promise<MessageOutcome> {
  const isByNumber = 'number' in order.to;
  const { book } = context.catalog.current();
  const { program, topic, template } = await subjectOf(context, order);
  const verdict = person === null ? null : topicVerdict(person, book, program, topic.id, context.now());
  if (isByNumber && (contact === null || verdict?.allowed !== true))
    await order.countNumber(contact !== null);
  const noteRefused = async (): Promise<void> => {
    if (!isByNumber) return;
    await recordTriedNumber(context, order.actor, contact?.id ?? null);
    if (contact !== null) await order.countNumber(true);
  };
  if (contact === null) {
    await noteRefused();
    if (verdict === null) return { kind: 'no-contact' };
    return { kind: 'nobody', reasons: verdict.allowed ? [] : verdict.reasons };
  }
  try {
    const outcome = await planFor(context, order, { program, topic, contact, template });
    if (outcome.kind !== 'planned') await noteRefused();
    return outcome;
  } catch (error) {
    if (error instanceof CommandRefused) await noteRefused();
    throw error;
  }
}

type Subject = { program: Program; topic: Topic; template: MessageTemplateDoc | null };

/** What the message is about. Throws `CommandRefused` where the order names what does not exist. */
async function subjectOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  order: MessageToSend,
): Promise<Subject> {
  const program = programNamed(context.catalog.current().book, order.program);
  const topic = topicNamed(program, order.topic);
  if (order.language !== null && !program.languages.includes(order.language))
    throw new CommandRefused('The program does not write in this language.', 'language');
  if ('text' in order.words) {
    const shortener = shortenerInText(order.words.text, program);
    if (shortener !== null) throw new CommandRefused(shortener, 'text');
    return { program, topic, template: null };
  }
  const template = await findMessageTemplate(context.store, order.words.template);
  if (template === null || template.program !== program.id)
    throw new CommandRefused('The program has no template of this id.', 'template');
  const why = archivedFault(template);
  if (why !== null) throw new CommandRefused(why, 'template');
  return { program, topic, template };
}

async function planFor(
  context: AppContext,
  order: MessageToSend,
  subject: Subject & { contact: OpenedContact },
): Promise<MessageOutcome> {
  const { program, topic, template, contact } = subject;
  const { digest, capped, validMinutes, actor } = order;
  const sender = await senderFor(context, program, contact);
  const about = { program, topic, contact, digest, sender };
  const words =
    template === null
      ? wordsOf(order)
      : await mergedWords(context, { ...about, template, language: order.language });
  const validUntil =
    validMinutes === null ? null : new Date(context.now().getTime() + validMinutes * MINUTE_MS);
  const planned = { ...about, ...words, contact: contact.id, capped, validUntil };
  const delivery = await planMessage(context, planned);
  if (delivery === null) return { kind: 'no-contact' };
  const { _id, state } = delivery;
  await recordAudit(context, {
    ...{ actor, act: 'message-asked', subject: personSubject(contact.id), program: program.id },
    details: { delivery: _id, state },
  });
  return { kind: 'planned', delivery, text: words.text };
}

type Words = Pick<MessageRequest, 'text' | 'language' | 'template' | 'media' | 'unissued'>;

/** What a delivery names as its template where the request had the words. */
export const FREE_TEXT = 'text';

const wordsOf = ({ words, language }: MessageToSend): Words => ({
  text: 'text' in words ? words.text : '',
  language,
  template: FREE_TEXT,
});

/** Throws `CommandRefused` when the template has no text for the person. */
async function mergedWords(
  context: AppContext,
  order: Parameters<typeof renderForDelivery>[1] & { template: MessageTemplateDoc },
): Promise<Words> {
  const { template } = order;
  const { text, language, media, fault, unissued } = await renderForDelivery(context, order);
  if (text === null || fault !== null) {
    const why = `In the words of this person: ${fault?.sentence ?? 'nothing.'}`;
    throw new CommandRefused(why, 'template');
  }
  return { text, language, media, unissued, template: `${template._id}.${template.version}` };
}

/** Throws `CommandRefused` when no number of the program may text the person. */
export async function senderFor(
  context: Pick<AppContext, 'catalog' | 'store'>,
  program: Program,
  { id, number, person: { suppressions } }: OpenedContact,
): Promise<Sender> {
  const { book } = context.catalog.current();
  const sender = await chooseSender(context.store, book, program, { id, number, suppressions });
  if (sender === null) {
    const why = `No number of the program may write to ${countryOf(number)}: see /senders.`;
    throw new CommandRefused(why, 'program');
  }
  return sender;
}
