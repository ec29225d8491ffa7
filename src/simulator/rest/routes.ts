import type { Carrier } from '../carrier.ts';
import type { Call, Route } from '../http-call.ts';
import { readText, sendEmpty, sendJson } from '../http-call.ts';
import type { Message } from '../message.ts';
import { FINAL_STATUSES, personOf } from '../message.ts';
import { cancelScheduled } from '../message-life.ts';
import { createMessage } from './create-route.ts';
import { deactivationFile, listDeactivations } from './deactivations.ts';
import { RestError } from './error.ts';
import { readWithFaults } from './faults.ts';
import { listMessages } from './list-route.ts';
import { lookUp } from './lookup.ts';
import { messageResource } from './message-resource.ts';

const MESSAGES = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\.json$/;
const ONE_MESSAGE = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\/([^/]+)\.json$/;

/** Twilio's REST API, all behind HTTP basic authentication but the signed file. */
export function restRoutes(carrier: Carrier): Route[] {
  const { accountSid, authToken } = carrier.options;
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const guarded = (run: Route['run']): Route['run'] => {
    return (call) => {
      if (call.request.headers.authorization !== expected) throw new RestError(20003);
      if (call.path.startsWith('/2010-04-01/') && call.params[0] !== accountSid) throw new RestError(20404);
      if (carrier.suspended) throw new RestError(20005);
      return run(call);
    };
  };
  return [
    { method: 'POST', path: MESSAGES, run: guarded((call) => createMessage(carrier, call)) },
    { method: 'GET', path: MESSAGES, run: guarded((call) => listMessages(carrier, call)) },
    { method: 'GET', path: ONE_MESSAGE, run: guarded((call) => fetchMessage(carrier, call)) },
    { method: 'POST', path: ONE_MESSAGE, run: guarded((call) => updateMessage(carrier, call)) },
    { method: 'DELETE', path: ONE_MESSAGE, run: guarded((call) => deleteMessage(carrier, call)) },
    { method: 'GET', path: /^\/v2\/PhoneNumbers\/([^/]+)$/, run: guarded((call) => lookUp(carrier, call)) },
    {
      method: 'GET',
      path: /^\/v1\/Deactivations$/,
      run: guarded((call) => listDeactivations(carrier, call)),
    },
    {
      method: 'GET',
      path: /^\/sim\/files\/deactivations\/(\d{4}-\d\d-\d\d)\.txt$/,
      run: (call) => deactivationFile(carrier, call),
    },
  ];
}

function messageOf(carrier: Carrier, { params }: Call): Message {
  const message = carrier.messages.bySid.get(params[1] ?? '');
  if (!message?.listed) throw new RestError(20404);
  return message;
}

function fetchMessage(carrier: Carrier, call: Call): Promise<void> {
  const message = messageOf(carrier, call);
  const answer = () => sendJson(call, 200, messageResource(carrier, message));
  return readWithFaults(carrier, call, personOf(message), answer);
}

/** Only two changes exist: an empty Body redacts, Status=canceled takes a scheduled message back. */
async function updateMessage(carrier: Carrier, call: Call): Promise<void> {
  const form = new URLSearchParams(await readText(call));
  const message = messageOf(carrier, call);
  const body = form.get('Body');
  const status = form.get('Status');
  if (status !== null) {
    if (status !== 'canceled') throw new RestError(20001);
    if (message.status !== 'scheduled') throw new RestError(30409);
    cancelScheduled(carrier, message);
  }
  if (body !== null) {
    if (body !== '') throw new RestError(20001);
    message.body = '';
  }
  sendJson(call, 200, messageResource(carrier, message));
}

function deleteMessage(carrier: Carrier, call: Call): void {
  const message = messageOf(carrier, call);
  if (!FINAL_STATUSES.includes(message.status)) throw new RestError(20009);
  carrier.messages.bySid.delete(message.sid);
  sendEmpty(call, 204);
}
