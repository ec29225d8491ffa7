import { createHash } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import type { Person } from '../../domain/consent/person.ts';
import type { Step } from '../../domain/journeys/journey.ts';
import type { Program } from '../../domain/program.ts';
import { journeyStream } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import { chooseSender } from '../../sending/pacing/choose-sender.ts';
import { planMessage } from '../../sending/plan-message.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import type { JourneyRunDoc, StepDone } from '../../store/journeys/runs.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { openHolder } from '../../store/people/holder.ts';
import { wordsFor } from '../words/words-for.ts';

/** The same for one step of one run, however often it is done; with the person's bucket it is the row's id. */
export const digestOf = (run: string, step: string): string =>
  createHash('sha256').update(`journey ${run} ${step}`).digest('base64url').slice(0, 24);

type Sent = Omit<StepDone, 'at' | 'step'>;
const refused = (...reasons: Reason[]): Sent => ({ did: 'refused', reasons });

export type Templates = (id: string) => Promise<MessageTemplateDoc | null>;

/** Whose step it is, as read a moment ago for the words alone: what decides is read again with the row. */
type Whose = { run: JourneyRunDoc; stored: ContactDoc; person: Person; program: Program };

/**
 * Writes the message of a step as a delivery: planned, or skipped with its reasons. Done again it finds the row that is
 * there. Throws `KeyMissing` or `SealBroken` where the person cannot be read with the keys of this process.
 */
export async function sendStep(
  desk: Desk,
  { run, stored, person, program }: Whose,
  { id: step, message }: { id: string; message: NonNullable<Step['message']> },
  templates: Templates,
): Promise<Sent> {
  const topic = program.topics.find(({ id }) => id === message.topic);
  const template = await templates(message.template);
  if (topic === undefined) return refused('topic-gone');
  if (template?.program !== program.id) return refused('no-text');
  const contact = { ...openHolder(desk.ring, stored, []), stored, person };
  const digest = digestOf(run._id, step);
  const { book } = desk.catalog.current();
  const { id, number } = contact;
  const sender = await chooseSender(desk.store, book, program, {
    id,
    number,
    suppressions: person.suppressions,
  });
  if (sender === null) return refused('no-sender');
  const about = { program, topic, contact, sender, digest, template, language: null };
  const { text, language, media, fault, unissued } = await wordsFor(desk, about);
  if (text === null || fault !== null) return refused(fault?.reason ?? 'no-text');
  const row = await planMessage(desk, {
    contact: contact.id,
    program,
    topic,
    sender,
    text,
    language,
    media,
    unissued,
    digest,
    template: `${template._id}.${template.version}`,
    validUntil: null,
    stream: journeyStream(run.journey),
  });
  return row === null ? refused('number-changed') : sentAs(row);
}

/** What a step did, by the row of its message. */
export function sentAs({ _id: delivery, state, decision }: DeliveryDoc): Sent {
  return state === 'skipped'
    ? { ...refused(...(decision?.reasons ?? [])), delivery }
    : { did: 'sent', delivery };
}
