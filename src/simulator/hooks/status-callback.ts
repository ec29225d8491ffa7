import { randomUUID } from 'node:crypto';
import type { Carrier } from '../carrier.ts';
import { record } from '../carrier.ts';
import { findEffect } from '../control/behaviours.ts';
import type { Effect } from '../control/effects.ts';
import type { Message } from '../message.ts';
import { errorText } from '../rest/error.ts';
import { postWithFaults } from './faults.ts';
import { EVENT_BUDGET_MS, entryOf, postEvent } from './webhook.ts';

/** Makes the post of the status a message has now; it may be run later. */
export function statusPost(
  carrier: Carrier,
  message: Message,
  effects: readonly Effect[],
): () => Promise<void> {
  const { statusCallback } = message;
  if (statusCallback === null) return async () => {};
  const form = statusForm(carrier, message);
  const base = { message, kind: 'status' as const, form, token: randomUUID() };
  return async () => {
    if (findEffect(effects, 'lose')) {
      record(carrier, { ...entryOf({ ...base, deadline: 0 }), url: statusCallback, outcome: 'lost' });
      return;
    }
    await postWithFaults(carrier, `status ${message.sid}`, effects, () => {
      const event = { ...base, deadline: performance.now() + EVENT_BUDGET_MS };
      return postEvent(carrier, event, statusCallback);
    });
  };
}

function statusForm(carrier: Carrier, message: Message): Record<string, string> {
  const form: Record<string, string> = {
    AccountSid: carrier.options.accountSid,
    ApiVersion: '2010-04-01',
    MessageSid: message.sid,
    MessageStatus: message.status,
    SmsSid: message.sid,
    SmsStatus: message.status,
    To: message.to,
  };
  if (message.from !== null) form.From = message.from;
  if (message.messagingServiceSid !== null) form.MessagingServiceSid = message.messagingServiceSid;
  if (message.errorCode !== null) {
    form.ErrorCode = String(message.errorCode);
    const text = errorText(message.errorCode);
    if (text !== null) form.ErrorMessage = text;
  }
  if (message.status === 'delivered' || message.status === 'undelivered') {
    form.RawDlrDoneDate = message.updatedAt.toISOString().slice(2, 16).replace(/\D/g, '');
  }
  return form;
}
