import { hash } from 'node:crypto';
import type { Reply } from '../domain/consent/outcome.ts';
import type { Sender } from '../domain/program.ts';
import { laneOf } from '../domain/sending/lanes.ts';
import { countParts } from '../domain/text/parts.ts';
import { FLAG_LEASE_MS } from '../sending/gate.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { deliveryId, newDelivery, type Words } from '../store/deliveries/new-delivery.ts';
import type { Holder } from '../store/people/holder.ts';

/**
 * What the dispatcher will say of something that ended is due only once what was under way has been waited out (`receive`
 * makes it due then); where that process dies, after so many ms, far more than any lease and any clock's error.
 */
const UNANSWERED_MS = 60_000;

/**
 * `now`: in this HTTP answer, flagged at once. `later`: by the dispatcher; `once-over`: by the same, of an act that ends
 * something, as every confirmation of an opt-out is.
 */
export type Leaves = 'now' | 'later' | 'once-over';

/** What a reply answers, and how it is to leave. */
export type ReplyPlan = {
  holder: Holder;
  rev: number;
  sender: Sender;
  /** Names the act: "inbound SM…", "opt-in <id>". With the reply's place it is the idempotency key. */
  cause: string;
  answers: DeliveryDoc['answers'];
  own: boolean;
  leaves: Leaves;
  at: Date;
};

const replyDigest = (cause: string, place: number): string =>
  hash('sha256', `${cause} ${place}`, 'base64url').slice(0, 24);

/** Id of the delivery that an act's first reply to a person becomes, known before it is written. */
export const firstReplyId = (person: Pick<Holder, 'bucket'>, cause: string): string =>
  deliveryId(person, replyDigest(cause, 0));

/** The delivery row of one reply, and its words in the open. */
export function planReply(reply: Reply, place: number, plan: ReplyPlan): { row: DeliveryDoc; words: Words } {
  const { holder, sender } = plan;
  const digest = replyDigest(plan.cause, place);
  const words = { to: holder.number, text: reply.text };
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
    at: plan.at,
  });
  row.answers = plan.answers;
  row.own = plan.own;
  row.prompt = reply.prompt;
  if (reply.validUntil !== undefined) row.validUntil = reply.validUntil;
  if (plan.leaves === 'now') {
    row.state = 'sending';
    row.epoch = 1;
    // `expireFlags` reads it by the database's clock, which a web process goes by where its own is off.
    row.leaseUntil = new Date(plan.at.getTime() + FLAG_LEASE_MS);
  } else if (plan.leaves === 'once-over' || reply.class === 'opt-out-confirmation') {
    row.dueAt = new Date(plan.at.getTime() + UNANSWERED_MS);
  }
  return { row, words };
}
