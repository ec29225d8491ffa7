import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { ownNumber, resetCarrier } from '../carrier.ts';
import { handsetMessages, shownMessage } from '../handset.ts';
import { exchange } from '../hooks/exchange.ts';
import type { Call, Route } from '../http-call.ts';
import { sendEmpty, sendJson } from '../http-call.ts';
import { receiveText } from '../inbound.ts';
import { accountRoutes } from '../rest/account-routes.ts';
import { behave, behaviourList } from './behaviours.ts';
import { BadControl, readBody, requireOwnHost } from './body.ts';
import { ledgerRoutes } from './ledger-routes.ts';

const handset = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number in E.164 form, such as +15551230001');

const inboundText = z.strictObject({
  from: handset,
  to: z.string(),
  body: z.string().max(1600).default(''),
  media: z.array(z.url()).max(10).default([]),
  fields: z.record(z.string(), z.string()).default({}),
});

const replay = z.strictObject({ sid: z.string() });

const deactivated = z.strictObject({ date: z.iso.date(), numbers: z.array(handset) });

/** The controls of the box, under /sim, for this machine's own tools. */
export function controlRoutes(carrier: Carrier): Route[] {
  return controls(carrier).map((route) => ({
    ...route,
    run: (call) => {
      requireOwnHost(call);
      return route.run(call);
    },
  }));
}

function controls(carrier: Carrier): Route[] {
  return [
    { method: 'POST', path: /^\/sim\/inbound$/, run: (call) => textIn(carrier, call) },
    { method: 'POST', path: /^\/sim\/replay$/, run: (call) => postAgain(carrier, call) },
    { method: 'GET', path: /^\/sim\/handsets\/([^/]+)$/, run: (call) => showHandset(carrier, call) },
    { method: 'PUT', path: /^\/sim\/behaviours$/, run: (call) => setBehaviours(carrier, call) },
    { method: 'PUT', path: /^\/sim\/deactivations$/, run: (call) => setDeactivations(carrier, call) },
    ...ledgerRoutes(carrier),
    ...accountRoutes(carrier),
    {
      method: 'GET',
      path: /^\/sim\/debugger$/,
      run: (call) => sendJson(call, 200, { entries: carrier.debugger }),
    },
    { method: 'DELETE', path: /^\/sim$/, run: (call) => reset(carrier, call) },
  ];
}

async function textIn(carrier: Carrier, call: Call): Promise<void> {
  const { to, ...text } = await readBody(call, inboundText);
  const own = ownNumber(carrier, to);
  if (!own) throw new BadControl([{ field: 'to', message: 'is none of the configured numbers' }]);
  const { sid, answered, status, messages } = await receiveText(carrier, own, text);
  sendJson(call, 200, { sid, answered, status, messages: messages.map(shownMessage) });
}

/** Posts an inbound text again as it was; its TwiML is shown, and acted on only if no post of it was before. */
async function postAgain(carrier: Carrier, call: Call): Promise<void> {
  const { sid } = await readBody(call, replay);
  const inbound = carrier.inbound.get(sid);
  if (!inbound) throw new BadControl([{ field: 'sid', message: 'no inbound text has this SID' }]);
  const { status, answer, messages } = await exchange(carrier, inbound);
  const twiml = answer?.body.toString('utf8') ?? null;
  sendJson(call, 200, { sid, status, twiml, messages: messages.map(shownMessage) });
}

function showHandset(carrier: Carrier, call: Call): void {
  sendJson(call, 200, { messages: handsetMessages(carrier, call.params[0] ?? '') });
}

async function setBehaviours(carrier: Carrier, call: Call): Promise<void> {
  const rules = await readBody(call, behaviourList);
  carrier.behaviours = behave(rules);
  sendJson(call, 200, { behaviours: rules });
}

async function setDeactivations(carrier: Carrier, call: Call): Promise<void> {
  const { date, numbers } = await readBody(call, deactivated);
  carrier.deactivations.set(date, numbers);
  sendEmpty(call, 204);
}

function reset(carrier: Carrier, call: Call): void {
  resetCarrier(carrier);
  sendEmpty(call, 204);
}
