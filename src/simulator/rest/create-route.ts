import type { Carrier } from '../carrier.ts';
import { record } from '../carrier.ts';
import { effectsOn, findEffect } from '../control/behaviours.ts';
import type { Effect } from '../control/effects.ts';
import type { Call } from '../http-call.ts';
import { readText, sendJson } from '../http-call.ts';
import type { LedgerEntry } from '../ledger.ts';
import { send } from '../outbound.ts';
import { readCreate } from './create-request.ts';
import { RestError } from './error.ts';
import { hangUpAfter, refuseBy, serverError } from './faults.ts';
import { messageResource } from './message-resource.ts';

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
  carrier.creating += 1;
  try {
    refuseBy(effects);
    await answerCreate(carrier, call, form, effects, entry);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    sendJson(call, error.status, error.body());
    entry.errorCode = error.code;
    noteAnswer(call, entry, error.status);
  } finally {
    carrier.creating -= 1;
  }
}

async function answerCreate(
  carrier: Carrier,
  call: Call,
  form: URLSearchParams,
  effects: readonly Effect[],
  entry: LedgerEntry,
): Promise<void> {
  const hang = findEffect(effects, 'hang');
  if (hang) entry.outcome = 'hung';
  if (hang && !hang.accepted) return hangUpAfter(carrier, call, hang.ms);
  const message = send(carrier, readCreate(carrier, form), effects, entry);
  const answer = messageResource(carrier, message);
  if (findEffect(effects, 'resetAfterAccept')) {
    entry.outcome = 'reset';
    call.request.socket.resetAndDestroy();
    return;
  }
  if (hang) return hangUpAfter(carrier, call, hang.ms);
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return void call.request.socket.destroy();
  const failure = findEffect(effects, 'http5xx');
  if (failure) throw serverError(failure.status);
  sendJson(call, 201, answer, { 'Twilio-Concurrent-Requests': String(carrier.creating) });
  noteAnswer(call, entry, 201);
}

function noteAnswer(call: Call, entry: LedgerEntry, status: number): void {
  if (call.request.socket.destroyed) {
    entry.outcome = 'client gone';
    return;
  }
  entry.answeredAt = process.hrtime.bigint();
  entry.httpStatus = status;
  entry.outcome = 'answered';
}
