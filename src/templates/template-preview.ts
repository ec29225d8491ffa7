import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit, templateSubject } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { programNamed, topicNamed } from '../consent/programs/catalog.ts';
import { contactById } from '../contacts/find-contact.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { Language, Program, Purpose, Topic } from '../domain/program.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { requestOf } from '../domain/sending/message-plan.ts';
import { mayReceive, type Reason } from '../domain/sending/send-rules.ts';
import { purposeOf } from '../domain/templates/check-template.ts';
import type { Added } from '../domain/templates/template.ts';
import { countParts } from '../domain/text/parts.ts';
import { resolveTree } from '../segments/segments.ts';
import { planMessage } from '../sending/plan-delivery.ts';
import {
  findMessageTemplate,
  isTestRecipient,
  type MessageTemplateDoc,
} from '../store/templates/templates.ts';
import { type AudienceParts, partsOverAudience } from './parts-preview.ts';
import { renderFor, renderForDelivery, type WordsOrder } from './render.ts';
import { sampleValues } from './save-template.ts';
import { earlierMessage, type PlannedMessage, senderFor } from './send-message.ts';

type About = { program: Program; topic: Topic | null; purpose: Purpose };

/** What a message by this template would be about. Throws `CommandRefused`, which names the field. */
function aboutOf(
  context: Pick<AppContext, 'catalog'>,
  template: MessageTemplateDoc,
  id: string | undefined,
): About {
  const program = programNamed(context.catalog.current().book, template.program);
  if (id === undefined) return { program, topic: null, purpose: purposeOf(program) };
  const topic = topicNamed(program, id);
  return { program, topic, purpose: topic.purpose };
}

type Counting = { actor: Actor; template: string; topic: string | undefined; segment: Tree };

/**
 * What a template costs over an audience, text by text. Sends nothing. Null when there is no such template. Throws
 * `CommandRefused`, `InvalidSegment` and `CountTookLong`.
 */
export async function countTemplateParts(
  context: AppContext,
  { actor, template: id, topic, segment }: Counting,
): Promise<AudienceParts | null> {
  const template = await findMessageTemplate(context.store, id);
  if (template === null) return null;
  const { program, purpose } = aboutOf(context, template, topic);
  const tree = await resolveTree(context.store, context.catalog.current().book, segment, context.now());
  const parts = await partsOverAudience(context, template, tree, { program, purpose });
  const details = { people: parts.people };
  await recordAudit(context, { actor, act: 'parts-counted', subject: templateSubject(id), details });
  return parts;
}

/** A text as one person would get it. */
type PersonalPreview = {
  kind: 'merged';
  language: Language;
  /** Null when no text can be made for this person. */
  text: string | null;
  media: string[];
  added: Added[];
  /** Why the text could not be sent to this person; null when it could. */
  fault: string | null;
  encoding: 'GSM-7' | 'UCS-2';
  parts: number;
  /** Characters that are not in GSM-7. */
  costly: string[];
};

type Previewing = {
  actor: Actor;
  template: string;
  contact: string;
  topic: string | undefined;
  language: Language | null;
};

/**
 * A template merged for one person, with the person's names, which is logged. Sends nothing. Throws
 * `CommandRefused`.
 */
export async function previewTemplate(
  context: AppContext,
  { actor, template: id, contact: person, topic, language }: Previewing,
): Promise<PersonalPreview | { kind: 'no-template' } | { kind: 'no-contact' }> {
  const template = await findMessageTemplate(context.store, id);
  if (template === null) return { kind: 'no-template' };
  const contact = await contactById(context, person);
  if (contact === null) return { kind: 'no-contact' };
  const { program, purpose } = aboutOf(context, template, topic);
  const issued = await sampleValues(context);
  const merged = renderFor(context, template, contact, { program, purpose, language, issued });
  const subject = personSubject(person);
  await recordAudit(context, { actor, act: 'template-previewed', subject, details: { template: id } });
  const { text, media, added } = merged;
  const fault = merged.fault?.sentence ?? null;
  const preview = { kind: 'merged' as const, language: merged.language, text, media, added, fault };
  if (text === null) return { ...preview, encoding: 'GSM-7', parts: 0, costly: [] };
  const { encoding, parts, offenders: costly } = countParts(text);
  return { ...preview, encoding, parts: media.length > 0 ? 1 : parts, costly };
}

type TestOrder = {
  actor: Actor;
  /** The digest of the delivery: a repeated order has the same. */
  digest: string;
  template: string;
  contact: string;
  topic: string;
  language: Language | null;
};

type Test =
  | PlannedMessage
  | { kind: 'no-template' | 'no-contact' | 'not-of-staff' }
  | { kind: 'refused'; reasons: readonly Reason[] };

/**
 * Sends a template to a staff phone by the same rules as to anyone: its topic's class, the gate, the consent of the
 * phone's holder. A repeated order gives the message that the first one planned, whatever the rules say now. Throws
 * `CommandRefused`.
 */
export async function sendTemplateTest(context: AppContext, order: TestOrder): Promise<Test> {
  const contact = await contactById(context, order.contact);
  const { digest } = order;
  const earlier = contact && (await earlierMessage(context, contact, { bucket: contact.bucket, digest }));
  if (earlier !== null) return earlier;
  const template = await findMessageTemplate(context.store, order.template);
  if (template === null) return { kind: 'no-template' };
  const { program, topic } = aboutOf(context, template, order.topic);
  if (contact === null || topic === null) return { kind: 'no-contact' };
  if (!(await isTestRecipient(context.store, contact.id))) return { kind: 'not-of-staff' };
  const sender = await senderFor(context, program, contact);
  const verdict = mayReceive(requestOf(program, topic, sender), contact.person, program, context.now());
  if (!verdict.allowed) return { kind: 'refused', reasons: verdict.reasons };
  return planTest(context, order, { template, program, topic, contact, sender, digest });
}

async function planTest(
  context: AppContext,
  { actor, language: wanted }: TestOrder,
  about: Omit<WordsOrder, 'language'>,
): Promise<Test> {
  const words = await renderForDelivery(context, { ...about, language: wanted, test: true });
  const { text, media, language, unissued, fault } = words;
  if (text === null || fault !== null)
    throw new CommandRefused(`In their words: ${fault?.sentence ?? 'nothing.'}`, 'contact');
  const delivery = await planMessage(context, {
    ...about,
    contact: about.contact.id,
    template: `${about.template._id}.${about.template.version}`,
    text,
    media,
    language,
    unissued,
    validUntil: null,
    test: true,
  });
  if (delivery === null) return { kind: 'no-contact' };
  const details = { contact: about.contact.id, delivery: delivery._id };
  await recordAudit(context, {
    actor,
    act: 'test-sent',
    subject: templateSubject(about.template._id),
    details,
  });
  return { kind: 'planned', delivery, text };
}
