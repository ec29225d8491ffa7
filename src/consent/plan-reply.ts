import { hash } from 'node:crypto';
import type { Reply } from '../domain/consent/outcome.ts';
import type { Sender } from '../domain/program.ts';
import { replyDueAt } from '../domain/sending/answer-order.ts';
import { laneOf } from '../domain/sending/lanes.ts';
import { countParts } from '../domain/text/parts.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import {
  type Addresses,
  deliveryId,
  newDelivery,
  replyTo,
  type Words,
} from '../store/deliveries/new-delivery.ts';
import type { Holder } from '../store/people/holder.ts';

/**
 * The reply to a text that ends something is due once messages under way have settled: `receive` makes it due then. If its
 * process dies before, the reply is due after so many ms, far more than any lease and any clock's error.
 */
const UNANSWERED_MS = 60_000;

/** What a reply answers, and how it is to leave. */
export type ReplyPlan = {
  holder: Holder;
  rev: number;
  sender: Sender;
  /** Names the act: "inbound SM…", "opt-in <id>". With the reply's place it is the idempotency key. */
  cause: string;
  answers: DeliveryDoc['answers'];
  /** Those of the text that it answers; null where it answers none. */
  addresses: Addresses | null;
  own: boolean;
  /** Its act ends something: it is not due until that is over. */
  draining: boolean;
  at: Date;
};

const replyDigest = (cause: string, place: number): string =>
  hash('sha256', `${cause} ${place}`, 'base64url').slice(0, 24);

/** Id of the delivery that an act's first reply to a person becomes, known before it is written. */
export const firstReplyId = (person: Pick<Holder, 'bucket'>, cause: string): string =>
  deliveryId(person, replyDigest(cause, 0));

/** The delivery row of one reply, and its words in the open. */
export function planReply(reply: Reply, place: number, plan: ReplyPlan): { row: DeliveryDoc; words: Words } {
  const { holder, sender, answers, at } = plan;
  const digest = replyDigest(plan.cause, place);
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
  row.place = place;
  row.own = plan.own;
  row.prompt = reply.prompt;
  if (reply.validUntil !== undefined) row.validUntil = reply.validUntil;
  row.dueAt = replyDueAt(answers?.receivedAt ?? at, place);
  if (plan.draining || reply.class === 'opt-out-confirmation') {
    row.draining = true;
    row.dueAt = new Date(at.getTime() + UNANSWERED_MS + place);
  }
  return { row, words };
}
