import { languageFor } from '../domain/consent/naming.ts';
import type { Program, Sender } from '../domain/program.ts';
import { laneOf } from '../domain/sending/lanes.ts';
import { mayReceive, type Reason } from '../domain/sending/may-receive.ts';
import { countParts } from '../domain/text/parts.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { type Addresses, newDelivery, replyTo } from '../store/deliveries/new-delivery.ts';
import type { Holder } from '../store/people/holder.ts';

/** What someone of staff answers to a person's text. */
export type StaffAnswer = {
  text: string;
  /** The text of theirs that it answers. */
  answers: { sid: string; receivedAt: Date };
  /** Those of that text. */
  addresses: Addresses | null;
  program: Program;
  /** Our number they wrote to. */
  sender: Sender;
  digest: string;
  /** Revision of the contact that it is written under. */
  rev: number;
};

/** The row of a staff answer, for the dispatcher to send, or why the gate's own rule refuses it now. */
export function planAnswer(
  holder: Holder,
  { text, answers, addresses, program, sender, digest, rev }: StaffAnswer,
  at: Date,
): { row: DeliveryDoc } | { reasons: Reason[] } {
  const of = 'staff-answer' as const;
  const { number, messagingServiceSid: service } = sender;
  const target = { program: program.id, topic: null, sender: number, service };
  const request = { class: of, target, answers, own: false, promptOpen: false };
  const verdict = mayReceive(request, holder.person, program, at);
  if (!verdict.allowed) return { reasons: verdict.reasons };
  const row = newDelivery(holder, {
    digest,
    rev,
    class: of,
    program: program.id,
    topic: null,
    template: 'text',
    language: languageFor(program, null, holder.person),
    lane: laneOf(of),
    sender: number,
    service,
    ...replyTo(holder.number, number, addresses),
    text,
    parts: countParts(text).parts,
    at,
  });
  return { row: { ...row, answers } };
}
