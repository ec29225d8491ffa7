import { z } from 'zod';
import { behaviourList } from './behaviours.ts';
import type { Carrier } from './carrier.ts';
import { ownNumber, resetCarrier } from './carrier.ts';
import { seededDraws } from './draws.ts';
import { exchange } from './exchange.ts';
import { handsetMessages, shownMessage } from './handset.ts';
import type { Call, Route } from './http-call.ts';
import { readText, sendEmpty, sendJson } from './http-call.ts';
import { receiveText } from './inbound.ts';
import { ledgerLine } from './ledger.ts';

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

/** A control call whose body is wrong; `field` is a dotted path into it, empty for the whole. */
export class BadControl extends Error {
  readonly errors: { field: string; message: string }[];

  constructor(errors: { field: string; message: string }[]) {
    super('The request is not valid');
    this.errors = errors;
  }
}

async function readBody<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(call);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadControl([{ field: '', message: 'the body must be JSON' }]);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadControl(
    parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })),
  );
}

/** The controls of the box, under /sim. */
export function controlRoutes(carrier: Carrier): Route[] {
  return [
    { method: 'POST', path: /^\/sim\/inbound$/, run: (call) => textIn(carrier, call) },
    { method: 'POST', path: /^\/sim\/replay$/, run: (call) => postAgain(carrier, call) },
    { method: 'GET', path: /^\/sim\/handsets\/([^/]+)$/, run: (call) => showHandset(carrier, call) },
    { method: 'PUT', path: /^\/sim\/behaviours$/, run: (call) => setBehaviours(carrier, call) },
    { method: 'PUT', path: /^\/sim\/deactivations$/, run: (call) => setDeactivations(carrier, call) },
    { method: 'GET', path: /^\/sim\/ledger$/, run: (call) => showLedger(carrier, call) },
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
  carrier.behaviours = await readBody(call, behaviourList);
  carrier.draw = seededDraws(carrier.options.seed);
  sendJson(call, 200, { behaviours: carrier.behaviours });
}

async function setDeactivations(carrier: Carrier, call: Call): Promise<void> {
  const { date, numbers } = await readBody(call, deactivated);
  carrier.deactivations.set(date, numbers);
  sendEmpty(call, 204);
}

function showLedger(carrier: Carrier, call: Call): void {
  call.response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  for (const entry of carrier.ledger) call.response.write(ledgerLine(entry));
  call.response.end();
}

function reset(carrier: Carrier, call: Call): void {
  resetCarrier(carrier);
  sendEmpty(call, 204);
}
