import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { behaviourList, enforceBehaviours } from './behaviours.ts';
import { limitMessages, ownNumber, resetCarrier, type SimulatedCarrier } from './carrier.ts';
import { BadControl, check, readBody, requireOwnHost } from './control-body.ts';
import { type SimulatorCall, type SimulatorRoute, sendEmpty, sendJson } from './http-call.ts';
import { exchange, receiveText } from './inbound.ts';
import { type CarrierLedgerEntry, dropBefore, entriesAfter, ledgerLine } from './ledger.ts';
import { shownMessage } from './message.ts';
import { DEFAULT_SETS, optOutForms } from './opt-out-sets.ts';
import { advancedServices } from './opt-outs.ts';
import { QUEUE_SECONDS, secondsToWait, setRates } from './sender-queue.ts';

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
export function controlRoutes(carrier: SimulatedCarrier): SimulatorRoute[] {
  return controls(carrier).map((route) => ({
    ...route,
    run: (call) => {
      requireOwnHost(call);
      return route.run(call);
    },
  }));
}

function controls(carrier: SimulatedCarrier): SimulatorRoute[] {
  return [
    { method: 'POST', path: /^\/sim\/inbound$/, run: (call) => textIn(carrier, call) },
    { method: 'POST', path: /^\/sim\/replay$/, run: (call) => postAgain(carrier, call) },
    { method: 'GET', path: /^\/sim\/handsets\/([^/]+)$/, run: (call) => showHandset(carrier, call) },
    { method: 'PUT', path: /^\/sim\/behaviours$/, run: (call) => setBehaviours(carrier, call) },
    { method: 'PUT', path: /^\/sim\/deactivations$/, run: (call) => setDeactivations(carrier, call) },
    ...ledgerRoutes(carrier),
    ...accountRoutes(carrier),
    ...optOutRoutes(carrier),
    {
      method: 'GET',
      path: /^\/sim\/debugger$/,
      run: (call) => sendJson(call, 200, { entries: carrier.debugger }),
    },
    { method: 'DELETE', path: /^\/sim$/, run: (call) => reset(carrier, call) },
  ];
}

async function textIn(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const { to, ...text } = await readBody(call, inboundText);
  const own = ownNumber(carrier, to);
  if (!own) throw new BadControl([{ field: 'to', message: 'must be one of the configured numbers' }]);
  const { sid, answered, status, messages } = await receiveText(carrier, own, text);
  sendJson(call, 200, { sid, answered, status, messages: messages.map(shownMessage) });
}

/** Posts an inbound text again as it was; its TwiML is shown, and acted on only if no post of it was before. */
async function postAgain(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const { sid } = await readBody(call, replay);
  const inbound = carrier.inbound.get(sid);
  if (!inbound)
    throw new BadControl([
      { field: 'sid', message: 'must be the SID of an inbound text, as POST /sim/inbound returned it' },
    ]);
  const { status, answer, messages } = await exchange(carrier, inbound);
  const twiml = answer?.body.toString('utf8') ?? null;
  sendJson(call, 200, { sid, status, twiml, messages: messages.map(shownMessage) });
}

function showHandset(carrier: SimulatedCarrier, call: SimulatorCall): void {
  sendJson(call, 200, { messages: handsetMessages(carrier, call.params[0] ?? '') });
}

/** What a handset texted and what reached it, in the order in which it happened. */
function handsetMessages(carrier: SimulatedCarrier, number: string) {
  const messages = carrier.messages.byPerson.get(number) ?? [];
  return messages
    .filter((message) => message.handsetAt !== null)
    .map(shownMessage)
    .sort((first, second) => first.at.getTime() - second.at.getTime());
}

async function setBehaviours(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const rules = await readBody(call, behaviourList);
  carrier.behaviours = enforceBehaviours(rules);
  sendJson(call, 200, { behaviours: rules });
}

async function setDeactivations(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const { date, numbers } = await readBody(call, deactivated);
  carrier.deactivations.set(date, numbers);
  sendEmpty(call, 204);
}

function reset(carrier: SimulatedCarrier, call: SimulatorCall): void {
  resetCarrier(carrier);
  sendEmpty(call, 204);
}

const rates = z.record(
  z.string(),
  z.strictObject({
    segmentsPerSecond: z.number().positive().max(1_000_000).nullable(),
    queueSeconds: z.number().positive().max(QUEUE_SECONDS).default(QUEUE_SECONDS),
  }),
);

const account = z.strictObject({ suspended: z.boolean() });

const signing = z.strictObject({ sharedKey: z.string().nullable() });

const retention = z.strictObject({ messages: z.int().min(1).nullable() });

/**
 * PUT /sim/senders {"24680": {"segmentsPerSecond": 100, "queueSeconds": 36000}}: the rates of numbers and
 * Messaging Services by their name; a sender that is not named sends without limit, as all do at first. A
 * service with a rate of its own has one queue for all its numbers, else each number has its own and the
 * service takes the one with the shortest wait. Messages wait `queued`; a full queue is 21611 at once for a
 * plain From, else 30001 by callback; a validity that ends while they wait is 30036.
 * GET /sim/senders shows the rates and what waits.
 *
 * PUT /sim/account {"suspended": true}: REST calls are refused with 20005; queued messages fail with 30002.
 * PUT /sim/signing {"sharedKey": "webhooks_sharedkey_…"}: later posts are signed with that key of the options, by HMAC-SHA256;
 * null, as at first: with the auth token, by HMAC-SHA1. GET shows which, and which keys there are.
 * PUT /sim/retention {"messages": 10000}: only the newest messages are kept; null, as at first, keeps all.
 */
function accountRoutes(carrier: SimulatedCarrier): SimulatorRoute[] {
  return [
    { method: 'PUT', path: /^\/sim\/senders$/, run: (call) => changeRates(carrier, call) },
    { method: 'GET', path: /^\/sim\/senders$/, run: (call) => showSenders(carrier, call) },
    { method: 'PUT', path: /^\/sim\/account$/, run: (call) => setAccount(carrier, call) },
    { method: 'PUT', path: /^\/sim\/signing$/, run: (call) => setSigning(carrier, call) },
    { method: 'GET', path: /^\/sim\/signing$/, run: (call) => showSigning(carrier, call) },
    { method: 'PUT', path: /^\/sim\/retention$/, run: (call) => setRetention(carrier, call) },
  ];
}

async function changeRates(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const wanted = new Map(Object.entries(await readBody(call, rates)));
  const { numbers } = carrier.options;
  const senders = new Set(numbers.flatMap((own) => [own.number, own.messagingServiceSid]));
  const strangers = [...wanted.keys()].filter((sender) => !senders.has(sender));
  if (strangers.length > 0) {
    const message = 'must be one of the configured numbers or Messaging Services';
    throw new BadControl(strangers.map((field) => ({ field, message })));
  }
  setRates(carrier.queues, carrier.timers, wanted);
  showSenders(carrier, call);
}

function showSenders(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const senders = [...carrier.queues].map(([sender, queue]) => {
    const { segmentsPerSecond, queueSeconds, segments } = queue;
    const seconds = secondsToWait(queue);
    return [sender, { segmentsPerSecond, queueSeconds, waiting: { segments, seconds } }] as const;
  });
  sendJson(call, 200, Object.fromEntries(senders));
}

async function setAccount(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  carrier.suspended = (await readBody(call, account)).suspended;
  sendEmpty(call, 204);
}

async function setSigning(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const { sharedKey } = await readBody(call, signing);
  const found = carrier.options.sharedKeys?.find(({ id }) => id === sharedKey) ?? null;
  if (sharedKey !== null && found === null) {
    throw new BadControl([
      { field: 'sharedKey', message: 'must be one of the keys that GET /sim/signing lists' },
    ]);
  }
  carrier.signingKey = found;
  showSigning(carrier, call);
}

function showSigning(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const sharedKeys = (carrier.options.sharedKeys ?? []).map(({ id }) => id);
  sendJson(call, 200, { sharedKey: carrier.signingKey?.id ?? null, sharedKeys });
}

async function setRetention(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  limitMessages(carrier, (await readBody(call, retention)).messages);
  sendEmpty(call, 204);
}

/**
 * PUT /sim/opt-outs {"MG…": {"STOP": {"keywords": ["BASTA"], "message": "Bye."}}}: the forms of Advanced Opt-Out in Twilio's
 * console, for its services by their name. Replaces all forms; what is left out is as Twilio made it. Reserved keywords stay.
 * GET shows the keywords and replies in force, in the same shape.
 */
function optOutRoutes(carrier: SimulatedCarrier): SimulatorRoute[] {
  return [
    { method: 'PUT', path: /^\/sim\/opt-outs$/, run: (call) => setOptOuts(carrier, call) },
    { method: 'GET', path: /^\/sim\/opt-outs$/, run: (call) => showOptOuts(carrier, call) },
  ];
}

async function setOptOuts(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const forms = new Map(Object.entries(await readBody(call, optOutForms)));
  const services = advancedServices(carrier);
  const strangers = [...forms.keys()].filter((service) => !services.includes(service));
  if (strangers.length > 0) {
    const message = 'must be a Messaging Service with Advanced Opt-Out, as GET /sim/opt-outs lists them';
    throw new BadControl(strangers.map((field) => ({ field, message })));
  }
  carrier.optOutSets = forms;
  showOptOuts(carrier, call);
}

function showOptOuts(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const shown = advancedServices(carrier).map((service) => [
    service,
    carrier.optOutSets.get(service) ?? DEFAULT_SETS,
  ]);
  sendJson(call, 200, Object.fromEntries(shown));
}

const ledgerSeq = z.coerce.number().int().min(0);
const ledgerRange = z.strictObject({ after: ledgerSeq.optional() });
const ledgerTrim = z.strictObject({ before: ledgerSeq });

const LINES_A_CHUNK = 500;

/**
 * GET /sim/ledger?after=seq: the entries after that one, all after 0 or without it; DELETE /sim/ledger?before=seq:
 * forgets those before it, so that a long run can be read and trimmed as it goes.
 */
function ledgerRoutes(carrier: SimulatedCarrier): SimulatorRoute[] {
  return [
    { method: 'GET', path: /^\/sim\/ledger$/, run: (call) => showLedger(carrier, call) },
    { method: 'DELETE', path: /^\/sim\/ledger$/, run: (call) => trimLedger(carrier, call) },
  ];
}

async function showLedger(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const { after = 0 } = check(Object.fromEntries(call.query), ledgerRange);
  const entries = entriesAfter(carrier.ledger, after);
  call.response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  await pipeline(Readable.from(chunksOf(entries)), call.response);
}

function* chunksOf(entries: readonly CarrierLedgerEntry[]): Generator<string> {
  for (let start = 0; start < entries.length; start += LINES_A_CHUNK) {
    yield entries
      .slice(start, start + LINES_A_CHUNK)
      .map(ledgerLine)
      .join('');
  }
}

function trimLedger(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const { before } = check(Object.fromEntries(call.query), ledgerTrim);
  dropBefore(carrier.ledger, before);
  sendEmpty(call, 204);
}
