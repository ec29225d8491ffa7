import { hash } from 'node:crypto';
import type { WhenCapped } from '../domain/caps/cap-rules.ts';
import type { ReplyDraft } from '../domain/consent/decision.ts';
import { languageFor } from '../domain/consent/program-text.ts';
import type { Program, Sender } from '../domain/program.ts';
import { replyDueAt } from '../domain/sending/answer-order.ts';
import { laneOf, SINGLE } from '../domain/sending/lanes.ts';
import { type MessageOrder, messagePlan } from '../domain/sending/message-plan.ts';
import { mayReceive, type Reason } from '../domain/sending/send-rules.ts';
import { countParts } from '../domain/text/parts.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import type { OpenContact } from '../store/contacts/open-contact.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import {
  type Addresses,
  deliveryId,
  insertDelivery,
  type MessageContent,
  newDelivery,
  replyTo,
} from '../store/deliveries/new-delivery.ts';
import type { KeyRing } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';
import { inSession } from '../store/transaction.ts';

type PlanDeps = { store: Store; ring: KeyRing; now: () => Date };

/** An order of a message: its contact, and what identifies a repeated order. */
export type MessageRequest = MessageOrder & {
  contact: string;
  /** Digest of the cause, 24 characters of base64url. With the person's bucket the digest is the delivery's id. */
  digest: string;
  /** Id and version of the template; "text" where a person wrote the message for this contact. */
  template: string;
  /** The message is not sent after this moment; null where it always may be. */
  validUntil: Date | null;
  /** The queue of marketing that the message waits in; absent: the queue of single messages. */
  stream?: string;
  /** The journey that sends it; absent outside journeys. */
  journey?: string;
  /** True for a test to staff. */
  test?: boolean;
  /** What happens where a cap forbids the message now; absent: the message waits. */
  capped?: WhenCapped;
};

/**
 * Writes one message as one delivery: `planned`, or `skipped` with reasons where the person may not get the message
 * now. A repeated order returns the existing delivery, whatever its state. Null where the contact does not exist, is
 * no longer current, or has no readable number. Rejects where the database did not take the write.
 */
export async function planMessage(deps: PlanDeps, order: MessageRequest): Promise<DeliveryDoc | null> {
  return inSession(deps.store, async (session) => {
    const [stored] = await findContacts(deps.store, [order.contact], session);
    if (stored === undefined || !stored.current || stored.sealed === null) return null;
    // The contact is read first. An opt-out after this read has a higher revision than the delivery: `cancelAndDrain`
    // cancels the delivery. Where the delivery is inserted after that, the gate reads the opt-out after the claim and
    // skips the delivery.
    const holder = openJoined(deps.ring, stored, await readJoined(deps.store, [stored], session));
    const row = rowOf(order, holder, stored.rev, deps.now());
    return insertDelivery(deps.store, row, session);
  });
}

function rowOf(order: MessageRequest, holder: OpenContact, rev: number, at: Date): DeliveryDoc {
  const plan = messagePlan(order, holder.person, at);
  const { verdict, target } = plan;
  const row = newDelivery(holder, {
    digest: order.digest,
    rev,
    class: plan.class,
    program: target.program,
    topic: target.topic,
    template: order.template,
    language: plan.language,
    lane: laneOf(plan.class, order.stream ?? SINGLE),
    sender: target.sender,
    service: target.service,
    to: holder.number,
    text: order.text,
    media: order.media ?? [],
    parts: plan.parts,
    at,
  });
  if (order.validUntil !== null) row.validUntil = order.validUntil;
  if (order.journey !== undefined) row.journey = order.journey;
  if (order.test === true) row.test = true;
  if (order.capped === 'skip') row.ifCapped = order.capped;
  if (verdict.allowed) return row;
  const { open: _, ...ended } = row;
  return { ...ended, state: 'skipped', decision: { ...verdict, at } };
}

/** An answer of staff to a person's text. */
type StaffAnswer = {
  text: string;
  /** The text that it answers. */
  answers: { sid: string; receivedAt: Date };
  /** The addresses of that text. */
  addresses: Addresses | null;
  program: Program;
  /** Our number that the person wrote to. */
  sender: Sender;
  digest: string;
  /** Revision of the contact under which the answer is written. */
  rev: number;
};

/** The delivery of a staff answer, or the reasons why the send rules refuse the answer now. */
export function planAnswer(
  holder: OpenContact,
  { text, answers, addresses, program, sender, digest, rev }: StaffAnswer,
  at: Date,
): { row: DeliveryDoc } | { reasons: Reason[] } {
  const messageClass = 'staff-answer' as const;
  const { number, messagingServiceSid: service } = sender;
  const target = { program: program.id, topic: null, sender: number, service };
  const request = { class: messageClass, target, answers, own: false, promptOpen: false };
  const verdict = mayReceive(request, holder.person, program, at);
  if (!verdict.allowed) return { reasons: verdict.reasons };
  const row = newDelivery(holder, {
    digest,
    rev,
    class: messageClass,
    program: program.id,
    topic: null,
    template: 'text',
    language: languageFor(program, null, holder.person),
    lane: laneOf(messageClass),
    sender: number,
    service,
    ...replyTo(holder.number, number, addresses),
    text,
    parts: countParts(text).parts,
    at,
  });
  return { row: { ...row, answers } };
}

/**
 * The reply to a text that ends something is due once messages under way have settled; `makeDueNow` makes it due. If the
 * process dies before, the reply is due after this many ms: far more than any lease and any clock error.
 */
const UNANSWERED_MS = 60_000;

/** What a reply answers, and how it is sent. */
export type ReplyPlan = {
  holder: OpenContact;
  rev: number;
  sender: Sender;
  /** Names the act: "inbound SM…", "opt-in <id>". With the reply's place the cause is the idempotency key. */
  cause: string;
  answers: DeliveryDoc['answers'];
  /** The addresses of the text that the reply answers; null where it answers none. */
  addresses: Addresses | null;
  own: boolean;
  /** True where the act ends something: the reply is not due until messages under way have settled. */
  draining: boolean;
  at: Date;
};

const replyDigest = (cause: string, position: number): string =>
  hash('sha256', `${cause} ${position}`, 'base64url').slice(0, 24);

/** Id of the delivery of an act's first reply to a person, known before the delivery is written. */
export const firstReplyId = (person: Pick<OpenContact, 'bucket'>, cause: string): string =>
  deliveryId(person, replyDigest(cause, 0));

/** The delivery of one reply, and its words unencrypted. */
export function planReply(
  reply: ReplyDraft,
  position: number,
  plan: ReplyPlan,
): { row: DeliveryDoc; words: MessageContent } {
  const { holder, sender, answers, at } = plan;
  const digest = replyDigest(plan.cause, position);
  const words = { ...replyTo(holder.number, sender.number, plan.addresses), text: reply.text };
  const row = newDelivery(holder, {
    digest,
    rev: plan.rev,
    class: reply.class,
    program: reply.program,
    topic: reply.topic ?? null,
    template: reply.template,
    language: reply.language,
    lane: laneOf(reply.class),
    sender: sender.number,
    service: sender.messagingServiceSid,
    ...words,
    parts: countParts(reply.text).parts,
    at,
  });
  row.answers = answers;
  row.place = position;
  row.own = plan.own;
  row.prompt = reply.prompt;
  if (reply.validUntil !== undefined) row.validUntil = reply.validUntil;
  row.dueAt = replyDueAt(answers?.receivedAt ?? at, position);
  if (plan.draining || reply.class === 'opt-out-confirmation') {
    row.draining = true;
    row.dueAt = new Date(at.getTime() + UNANSWERED_MS + position);
  }
  return { row, words };
}
