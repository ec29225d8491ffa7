import type { ServerResponse } from 'node:http';
import { numberOf, readNumber } from '../src/domain/numbers.ts';
import type { Incoming } from '../src/receipts/record-receipt.ts';
import { type Form, first } from './form.ts';

/** What our own callback address names: a delivery and the attempt. */
const ATTEMPT = /^([\w-]{10,64})\.(\d{1,6})$/;

/** One delivery receipt. 204 once it is durable; a 5xx asks the carrier to try again. Nothing odd is an error, or is kept. */
export async function takeStatus(
  record: (receipt: Incoming) => Promise<void>,
  form: Form,
  request: { d: string; at: Date },
  response: ServerResponse,
): Promise<void> {
  const receipt = readReceipt(form, request);
  try {
    if (receipt !== null) await record(receipt);
    response.statusCode = 204;
  } catch {
    response.statusCode = 503;
  }
  response.end();
}

/**
 * Every field as a checked scalar; null where the form names no message or no status.
 * Source: Twilio Docs, "Outbound Message Status in Status Callbacks".
 */
function readReceipt(form: Form, { d, at }: { d: string; at: Date }): Incoming | null {
  const sid = first(form, 'MessageSid') || first(form, 'SmsSid');
  const status = (first(form, 'MessageStatus') || first(form, 'SmsStatus')).toLowerCase();
  if (!/^[A-Za-z0-9]{2,64}$/.test(sid) || !/^[a-z_-]{1,32}$/.test(status)) return null;
  const [, delivery, epoch] = ATTEMPT.exec(d) ?? [];
  const attempt = delivery === undefined ? null : { delivery, epoch: Number(epoch) };
  const error = matching(/^[1-9]\d{3,5}$/, first(form, 'ErrorCode'));
  const doneDate = matching(/^\d{10}$/, first(form, 'RawDlrDoneDate'));
  const to = attempt === null || error !== null ? phoneIn(first(form, 'To')) : null;
  const from = matching(/^\+?\d{3,15}$/, numberOf(first(form, 'From')));
  return { carrierSid: sid, status, error, doneDate, at, attempt, to, from };
}

const matching = (shape: RegExp, text: string): string | null => (shape.test(text) ? text : null);

function phoneIn(text: string): string | null {
  const reading = readNumber(numberOf(text));
  return reading.kind === 'phone' ? reading.e164 : null;
}
