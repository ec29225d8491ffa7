import type { Effect } from './behaviours.ts';
import { effectsOn, findEffect } from './behaviours.ts';
import type { Carrier } from './carrier.ts';
import { record } from './carrier.ts';
import { readCreate } from './create-request.ts';
import type { Call } from './http-call.ts';
import { readText, sendJson } from './http-call.ts';
import type { LedgerEntry } from './ledger.ts';
import { messageResource } from './message-resource.ts';
import { send } from './outbound.ts';
import { RestError } from './rest-error.ts';

/** POST Messages.json: makes a message, or goes wrong as the behaviours say. */
export async function createMessage(carrier: Carrier, call: Call): Promise<void> {
  const form = new URLSearchParams(await readText(call));
  const to = form.get('To');
  const entry = record(carrier, {
    kind: 'create',
    from: form.get('From') ?? form.get('MessagingServiceSid'),
    to,
    body: form.get('Body'),
    url: form.get('StatusCallback'),
    headersAt: call.headersAt,
  });
  const effects = effectsOn(carrier, 'create', to ?? '');
  try {
    refuseEarly(effects);
    await answerCreate(carrier, call, form, effects, entry);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    sendJson(call, error.status, error.body());
    entry.errorCode = error.code;
    noteAnswer(entry, error.status);
  }
}

async function answerCreate(
  carrier: Carrier,
  call: Call,
  form: URLSearchParams,
  effects: Effect[],
  entry: LedgerEntry,
): Promise<void> {
  const hang = findEffect(effects, 'hang');
  if (hang && !hang.accepted) return hangUpAfter(carrier, call, hang.ms, entry);
  const message = send(carrier, readCreate(carrier, form), effects);
  entry.sid = message.sid;
  const answer = messageResource(carrier, message);
  if (findEffect(effects, 'resetAfterAccept')) {
    entry.outcome = 'reset';
    call.request.socket.resetAndDestroy();
    return;
  }
  if (hang) return hangUpAfter(carrier, call, hang.ms, entry);
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return void call.request.socket.destroy();
  const failure = findEffect(effects, 'http5xx');
  if (failure) throw serverError(failure.status);
  sendJson(call, 201, answer, { 'Twilio-Concurrent-Requests': '1' });
  noteAnswer(entry, 201);
}

/** What stops a create call before any message is made. */
function refuseEarly(effects: Effect[]): void {
  if (findEffect(effects, 'http429')) throw new RestError(20429);
  const refused = findEffect(effects, 'errorSync');
  if (refused) throw new RestError(refused.code);
  const failure = findEffect(effects, 'http5xx');
  if (failure && !failure.accepted) throw serverError(failure.status);
}

function serverError(status: number): RestError {
  return new RestError(status === 503 ? 20503 : 20500, status);
}

async function hangUpAfter(carrier: Carrier, call: Call, ms: number, entry: LedgerEntry): Promise<void> {
  entry.outcome = 'hung';
  await carrier.timers.wait(ms);
  call.request.socket.destroy();
}

function noteAnswer(entry: LedgerEntry, status: number): void {
  entry.answeredAt = process.hrtime.bigint();
  entry.httpStatus = status;
  entry.outcome = 'answered';
}
