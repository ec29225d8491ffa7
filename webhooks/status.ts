import type { ServerResponse } from 'node:http';
import type { Receipt } from '../src/receipts/record-receipt.ts';
import { type Form, first } from './form.ts';

/** One delivery receipt. 204 once it is recorded; a 5xx asks the carrier to try again. */
export async function takeStatus(
  record: (receipt: Receipt) => Promise<void>,
  form: Form,
  d: string,
  response: ServerResponse,
): Promise<void> {
  const delivery = /^([\w-]{10,64})\.\d{1,6}$/.exec(d)?.[1];
  const carrierSid = first(form, 'MessageSid').slice(0, 64);
  const status = (first(form, 'MessageStatus') || first(form, 'SmsStatus')).toLowerCase();
  if (delivery === undefined || carrierSid === '') {
    response.statusCode = 204;
    response.end();
    return;
  }
  try {
    await record({ delivery, carrierSid, status, errorCode: first(form, 'ErrorCode') || null });
    response.statusCode = 204;
  } catch {
    response.statusCode = 503;
  }
  response.end();
}
