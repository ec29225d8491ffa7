import { utcDay } from '../../domain/durations.ts';
import type { Carrier } from '../carrier.ts';
import type { Call } from '../http-call.ts';
import { sendJson } from '../http-call.ts';
import { RestError } from './error.ts';

const FIRST_DAY = '2020-08-27';

/**
 * GET /v1/Deactivations?Date=YYYY-MM-DD: 307 to that day's text file. A day is there once it is over, or a later one was put.
 * Source: https://www.twilio.com/docs/messaging/api/deactivations-resource
 */
export function listDeactivations(carrier: Carrier, call: Call): void {
  const date = call.query.get('Date') ?? utcDay(carrier.now());
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new RestError(20001);
  if (date < FIRST_DAY) throw new RestError(30113);
  const isPut = [...carrier.deactivations.keys()].some((day) => day >= date);
  if (date >= utcDay(carrier.now()) && !isPut) throw new RestError(30114);
  const url = `${carrier.url}/sim/files/deactivations/${date}.txt`;
  sendJson(call, 307, { redirect_to: url }, { Location: url });
}

/** The file itself: one number a line. */
export function deactivationFile(carrier: Carrier, call: Call): void {
  const numbers = carrier.deactivations.get(call.params[0] ?? '') ?? [];
  call.response.writeHead(200, { 'Content-Type': 'text/plain' });
  call.response.end(numbers.map((number) => `${number}\n`).join(''));
}
