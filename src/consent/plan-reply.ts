import { hash } from 'node:crypto';
import type { Reply } from '../domain/consent/outcome.ts';
import type { Sender } from '../domain/program.ts';
import { laneOf } from '../domain/sending/lanes.ts';
import { countParts } from '../domain/text/parts.ts';
import { LEASE_MS, type Words } from '../sending/gate.ts';
import { type DeliveryDoc, deliveryPlace } from '../store/deliveries.ts';
import type { Holder } from '../store/holder.ts';
import { seal } from '../store/sealing.ts';

/**
 * A confirmation the dispatcher will send is due only once its opt-out has waited out what was under way (`receive`
 * makes it due then); where that process dies, after so many ms, far more than any lease and any clock's error.
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
  own: boolean;
  /** `now`: in this HTTP answer, flagged at once. `later`: by the dispatcher. */
  leaves: 'now' | 'later';
  at: Date;
};

/** The delivery row of one reply, and its words in the open. */
export function planReply(reply: Reply, place: number, plan: ReplyPlan): { row: DeliveryDoc; words: Words } {
  const { holder, sender } = plan;
  const digest = hash('sha256', `${plan.cause} ${place}`, 'base64url').slice(0, 24);
  const id = `${holder.bucket}${digest}`;
  const words = { to: holder.number, text: reply.text };
  const now = plan.leaves === 'now';
  const row: DeliveryDoc = {
    _id: id,
    contact: holder.id,
    index: holder.index,
    rev: plan.rev,
    class: reply.class,
    program: reply.program,
    topic: null,
    template: reply.template,
    language: reply.language,
    lane: laneOf(reply.class),
    sender: sender.number,
    service: sender.messagingServiceSid,
    sealed: seal(holder.keys.profile, deliveryPlace(id), JSON.stringify(words)),
    parts: countParts(reply.text).parts,
    state: now ? 'sending' : 'planned',
    open: true,
    epoch: now ? 1 : 0,
    owner: null,
    leaseUntil: now ? new Date(plan.at.getTime() + LEASE_MS) : null,
    dueAt: now || reply.class !== 'opt-out-confirmation' ? plan.at : new Date(+plan.at + UNANSWERED_MS),
    createdAt: plan.at,
    decision: null,
    answers: plan.answers,
    own: plan.own,
    prompt: reply.prompt,
  };
  return { row, words };
}
