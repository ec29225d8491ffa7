import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { limitMessages } from '../carrier.ts';
import { BadControl, readBody } from '../control/body.ts';
import type { Call, Route } from '../http-call.ts';
import { sendEmpty, sendJson } from '../http-call.ts';
import { QUEUE_SECONDS, secondsToWait, setRates } from '../sender-queue.ts';

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
export function accountRoutes(carrier: Carrier): Route[] {
  return [
    { method: 'PUT', path: /^\/sim\/senders$/, run: (call) => changeRates(carrier, call) },
    { method: 'GET', path: /^\/sim\/senders$/, run: (call) => showSenders(carrier, call) },
    { method: 'PUT', path: /^\/sim\/account$/, run: (call) => setAccount(carrier, call) },
    { method: 'PUT', path: /^\/sim\/signing$/, run: (call) => setSigning(carrier, call) },
    { method: 'GET', path: /^\/sim\/signing$/, run: (call) => showSigning(carrier, call) },
    { method: 'PUT', path: /^\/sim\/retention$/, run: (call) => setRetention(carrier, call) },
  ];
}

async function changeRates(carrier: Carrier, call: Call): Promise<void> {
  const wanted = new Map(Object.entries(await readBody(call, rates)));
  const { numbers } = carrier.options;
  const senders = new Set(numbers.flatMap((own) => [own.number, own.messagingServiceSid]));
  const strangers = [...wanted.keys()].filter((sender) => !senders.has(sender));
  if (strangers.length > 0) {
    const message = 'is none of the configured numbers and services';
    throw new BadControl(strangers.map((field) => ({ field, message })));
  }
  setRates(carrier, wanted);
  showSenders(carrier, call);
}

function showSenders(carrier: Carrier, call: Call): void {
  const senders = [...carrier.queues].map(([sender, queue]) => {
    const { segmentsPerSecond, queueSeconds, segments } = queue;
    const seconds = secondsToWait(queue);
    return [sender, { segmentsPerSecond, queueSeconds, waiting: { segments, seconds } }] as const;
  });
  sendJson(call, 200, Object.fromEntries(senders));
}

async function setAccount(carrier: Carrier, call: Call): Promise<void> {
  carrier.suspended = (await readBody(call, account)).suspended;
  sendEmpty(call, 204);
}

async function setSigning(carrier: Carrier, call: Call): Promise<void> {
  const { sharedKey } = await readBody(call, signing);
  const found = carrier.options.sharedKeys?.find(({ id }) => id === sharedKey) ?? null;
  if (sharedKey !== null && found === null) {
    throw new BadControl([
      { field: 'sharedKey', message: 'is none of the keys: GET /sim/signing lists them' },
    ]);
  }
  carrier.signingKey = found;
  showSigning(carrier, call);
}

function showSigning(carrier: Carrier, call: Call): void {
  const sharedKeys = (carrier.options.sharedKeys ?? []).map(({ id }) => id);
  sendJson(call, 200, { sharedKey: carrier.signingKey?.id ?? null, sharedKeys });
}

async function setRetention(carrier: Carrier, call: Call): Promise<void> {
  limitMessages(carrier, (await readBody(call, retention)).messages);
  sendEmpty(call, 204);
}
