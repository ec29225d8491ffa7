import type { AppContext } from '../../src/consent/app-context.ts';
import { CLAIM_LEASE_MS, type ClearedRef } from '../../src/sending/gate.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import { markPromptHandedOver } from '../../src/store/contacts/prompts.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { claimDeliveries } from '../../src/store/deliveries/queue.ts';
import { inSession } from '../../src/store/transaction.ts';
import { newSid } from '../promises/inbound-posts.ts';

/** A text that comes to the short code now, as the webhook passes it on. `over` replaces any of its fields. */
export function textOf(from: string, body: string, over: Partial<InboundSms> = {}): InboundSms {
  const odd = { otherBodies: [], optOutType: null, form: { Body: body } };
  const sent = { ...addressed(from, '28555'), body, receivedAt: new Date() };
  return { sid: newSid(), ...sent, door: 'webhook', ...odd, ...over };
}

/** The replies planned for one text in order, including refused ones. */
export function repliesTo({ store }: AppContext, { sid }: Pick<InboundSms, 'sid'>): Promise<DeliveryDoc[]> {
  return store.deliveries.find({ 'answers.sid': sid }).sort({ place: 1 }).toArray();
}

/** The one reply planned for one text. */
export async function replyTo(context: AppContext, text: Pick<InboundSms, 'sid'>): Promise<DeliveryDoc> {
  const [row, ...others] = await repliesTo(context, text);
  if (row === undefined || others.length > 0) throw new Error('a text has not exactly one reply');
  return row;
}

/** Claims a reply as a worker does. */
export async function claim(
  { store, now }: AppContext,
  { _id }: Pick<DeliveryDoc, '_id'>,
): Promise<ClearedRef> {
  const flag = { owner: 'a worker', leaseMs: CLAIM_LEASE_MS };
  const [row] = await inSession(store, (session) => claimDeliveries(store, [_id], flag, session));
  if (row === undefined) throw new Error('a reply could not be claimed');
  return { delivery: _id, epoch: row.epoch, decidedAt: now() };
}

/** Records, as a worker does, that the carrier accepted an attempt whose socket was written at `begunAt`. */
export async function leave(context: AppContext, attempt: ClearedRef, begunAt: Date): Promise<void> {
  const row = await context.store.deliveries.findOne({ _id: attempt.delivery });
  if (row?.prompt != null)
    await markPromptHandedOver(context.store, row.contact, row.prompt, begunAt, 'socket');
  const taken = { result: 'accepted' as const, carrierSid: newSid(), begunAt, at: begunAt };
  await context.outcomeRecorder.record([{ ...attempt, ...taken }]);
}

/**
 * Claims every reply to a text that may leave and records that the carrier accepted it now. Resolves with their
 * number.
 */
export async function leaveAll(context: AppContext, text: Pick<InboundSms, 'sid'>): Promise<number> {
  const planned = (await repliesTo(context, text)).filter(({ state }) => state === 'planned');
  for (const row of planned) await leave(context, await claim(context, row), context.now());
  return planned.length;
}

/** A monotonic clock that stands still until the test sets it, and counts how often it is read. */
export function stillClock() {
  const clock = { at: 0, looks: 0 };
  const monotonic = (): number => {
    clock.looks += 1;
    return clock.at;
  };
  return Object.assign(clock, { monotonic });
}
