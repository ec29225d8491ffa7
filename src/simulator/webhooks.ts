import { createHmac, randomUUID } from 'node:crypto';
import { type Effect, findEffect } from './behaviours.ts';
import { record, type SimulatedCarrier } from './carrier.ts';
import { type PostResult, postForm, type WebhookAnswer } from './form-post.ts';
import type { NewEntry } from './ledger.ts';
import type { Message } from './message.ts';
import { errorText } from './rest-errors.ts';

/** All tries at all URLs of one event share this time. Source: Twilio error page 11205. */
export const EVENT_BUDGET_MS = 15_000;

export type WebhookEvent = {
  message: Message;
  kind: 'inbound' | 'status';
  form: Readonly<Record<string, string>>;
  /** Sent as I-Twilio-Idempotency-Token, the same on every try. */
  token: string;
  /** `performance.now()` at which the carrier gives up. */
  deadline: number;
};

/** `answer` is the last one, whatever its status; `code` is the debugger's when it was not a 2xx. */
type Posted = { url: string; answer: WebhookAnswer | null; code: number | null };

/** Posts a signed event to one configured URL, with its retries. A failure is written into the debugger. */
export async function postEvent(
  carrier: SimulatedCarrier,
  event: WebhookEvent,
  configuredUrl: string,
): Promise<Posted> {
  const hook = readHook(configuredUrl);
  const deadline = Math.min(event.deadline, performance.now() + hook.totalMs);
  let result: PostResult = { kind: 'read' };
  for (let attempt = 1; attempt <= hook.retries + 1; attempt += 1) {
    const left = deadline - performance.now();
    if (left < 1) break;
    result = await tryOnce(carrier, event, hook, attempt, left);
    if (!hook.retryOn.has(failureOf(result))) break;
  }
  const answer = result.kind === 'answer' ? result.answer : null;
  if (answer && answer.status >= 200 && answer.status < 300) return { url: hook.url, answer, code: null };
  const code = result.kind === 'connect' ? 11205 : 11200;
  addToDebugger(carrier, event, hook.url, code);
  return { url: hook.url, answer, code };
}

async function tryOnce(
  carrier: SimulatedCarrier,
  event: WebhookEvent,
  hook: Hook,
  attempt: number,
  left: number,
): Promise<PostResult> {
  const headers = {
    'User-Agent': 'TwilioProxy/1.1',
    Accept: '*/*',
    ...signatureHeaders(carrier, hook.url, event.form),
    'I-Twilio-Idempotency-Token': event.token,
  };
  const form = new URLSearchParams(event.form).toString();
  const entry = record(carrier, { ...entryOf(event), url: hook.url, attempt });
  const limits = { connectMs: hook.connectMs, readMs: hook.readMs, totalMs: left };
  const result = await postForm(carrier.connections, hook.url, headers, form, limits);
  if (result.kind === 'answer') {
    entry.answeredAt = result.answer.headAt;
    entry.httpStatus = result.answer.status;
    entry.outcome = 'answered';
  } else {
    entry.outcome = result.kind === 'connect' ? 'connect failed' : 'read failed';
  }
  return result;
}

/** What the ledger says of an event before it is posted. */
export function entryOf({ kind, message, form }: WebhookEvent): Omit<NewEntry, 'at'> {
  const { sid, from, to, body } = message;
  const errorCode = form.ErrorCode ? Number(form.ErrorCode) : null;
  return { kind, sid, from, to, body, messageStatus: form.SmsStatus ?? null, errorCode };
}

/** The name that a retry policy gives to a failure; empty for a success. */
function failureOf(result: PostResult): string {
  if (result.kind !== 'answer') return result.kind === 'connect' ? 'ct' : 'rt';
  const hundreds = Math.floor(result.answer.status / 100);
  return hundreds === 4 ? '4xx' : hundreds === 5 ? '5xx' : '';
}

const DEBUGGER_TEXTS: Record<number, string> = {
  11200: 'HTTP retrieval failure',
  11205: 'HTTP connection failure',
  11750: 'TwiML response body too large',
  12100: 'Document parse failure',
  12200: 'Schema validation warning',
  12300: 'Invalid Content-Type',
  14103: 'Message: Invalid Body attribute',
  14105: 'Message statusCallback attribute invalid',
  14109: 'Reply message limit exceeded',
  21617: 'The concatenated message body exceeds the 1600 character limit',
};

const DEBUGGER_LIMIT = 20_000;

/** Writes into the account's debugger, which forgets its oldest entries. */
export function addToDebugger(
  carrier: SimulatedCarrier,
  event: WebhookEvent,
  url: string,
  code: number,
): void {
  const message = DEBUGGER_TEXTS[code] ?? 'Unknown';
  if (carrier.debugger.length >= DEBUGGER_LIMIT) carrier.debugger.splice(0, DEBUGGER_LIMIT / 2);
  carrier.debugger.push({ code, at: carrier.now(), sid: event.message.sid, url, message });
}

/** Time-outs and retries of one webhook URL, in milliseconds and counts. */
type Hook = {
  /** The URL without its fragment: what is called and signed. */
  url: string;
  connectMs: number;
  readMs: number;
  totalMs: number;
  retries: number;
  /** Failures that are tried again. */
  retryOn: ReadonlySet<string>;
};

const DEFAULTS = { ct: 5000, rt: 15_000, tt: 15_000, rc: 1 };
const RANGES = { ct: [100, 10_000], rt: [100, 15_000], tt: [100, 15_000], rc: [0, 5] } as const;
const POLICIES = ['4xx', '5xx', 'ct', 'rt'];

/**
 * Reads the connection overrides from a URL's fragment (`#ct=2000&rc=3&rp=5xx,ct,rt`); a value that is
 * missing or out of range counts as its default.
 * Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export function readHook(configuredUrl: string): Hook {
  const hashAt = configuredUrl.indexOf('#');
  const url = hashAt < 0 ? configuredUrl : configuredUrl.slice(0, hashAt);
  const fragment = new URLSearchParams(hashAt < 0 ? '' : configuredUrl.slice(hashAt + 1));
  const policies = (fragment.get('rp') ?? 'ct').split(',');
  return {
    url,
    connectMs: numberIn(fragment, 'ct'),
    readMs: numberIn(fragment, 'rt'),
    totalMs: numberIn(fragment, 'tt'),
    retries: numberIn(fragment, 'rc'),
    retryOn: new Set(policies.includes('all') ? POLICIES : policies),
  };
}

function numberIn(fragment: URLSearchParams, key: keyof typeof DEFAULTS): number {
  const text = fragment.get(key);
  const value = Number(text);
  const [least, most] = RANGES[key];
  return text !== null && Number.isInteger(value) && value >= least && value <= most ? value : DEFAULTS[key];
}

/** Makes the post of the status a message has now; it may be run later. */
export function statusPost(
  carrier: SimulatedCarrier,
  message: Message,
  effects: readonly Effect[],
): () => Promise<void> {
  const { statusCallback } = message;
  if (statusCallback === null) return async () => {};
  const form = statusForm(carrier, message);
  const base = { message, kind: 'status' as const, form, token: randomUUID() };
  return async () => {
    if (findEffect(effects, 'lose')) {
      record(carrier, { ...entryOf({ ...base, deadline: 0 }), url: statusCallback, outcome: 'lost' });
      return;
    }
    await postWithFaults(carrier, `status ${message.sid}`, effects, () => {
      const event = { ...base, deadline: performance.now() + EVENT_BUDGET_MS };
      return postEvent(carrier, event, statusCallback);
    });
  };
}

function statusForm(carrier: SimulatedCarrier, message: Message): Record<string, string> {
  const form: Record<string, string> = {
    AccountSid: carrier.options.accountSid,
    ApiVersion: '2010-04-01',
    MessageSid: message.sid,
    MessageStatus: message.status,
    SmsSid: message.sid,
    SmsStatus: message.status,
    To: message.to,
  };
  if (message.from !== null) form.From = message.from;
  if (message.messagingServiceSid !== null) form.MessagingServiceSid = message.messagingServiceSid;
  if (message.errorCode !== null) {
    form.ErrorCode = String(message.errorCode);
    const text = errorText(message.errorCode);
    if (text !== null) form.ErrorMessage = text;
  }
  if (message.status === 'delivered' || message.status === 'undelivered') {
    form.RawDlrDoneDate = message.updatedAt.toISOString().slice(2, 16).replace(/\D/g, '');
  }
  return form;
}

type PostedForm = Readonly<Record<string, string>>;

/** The headers that sign a form post: under the account's auth token, or under the shared key that is in force. */
function signatureHeaders(
  { options, signingKey }: Pick<SimulatedCarrier, 'options' | 'signingKey'>,
  url: string,
  form: PostedForm,
): Record<string, string> {
  if (signingKey === null) return { 'X-Twilio-Signature': signForm(options.authToken, url, form) };
  return {
    'X-Twilio-Signature': signForm(signingKey.secret, url, form, 'sha256'),
    'X-Twilio-Webhooks-Signature-Settings': `key=${signingKey.id},algorithm=HMAC_SHA256`,
  };
}

/**
 * The value of X-Twilio-Signature for a form post: base64 HMAC, SHA-1 under an auth token and SHA-256 under a shared key, of
 * the full URL as called followed by each name and value in the order of the names.
 * Sources: https://www.twilio.com/docs/usage/webhooks/webhooks-security and …/webhooks/webhook-shared-keys
 */
export function signForm(
  secret: string,
  url: string,
  form: PostedForm,
  hash: 'sha1' | 'sha256' = 'sha1',
): string {
  const signed = Object.keys(form)
    .sort()
    .reduce((text, name) => text + name + form[name], url);
  return createHmac(hash, secret).update(signed, 'utf8').digest('base64');
}

/**
 * Posts an event as the effects in force say: never, late, after the next event with the same key, or
 * several times at once. Resolves to the first post's result, or null when nothing was posted.
 */
export async function postWithFaults<T>(
  carrier: SimulatedCarrier,
  key: string,
  effects: readonly Effect[],
  post: () => Promise<T>,
): Promise<T | null> {
  if (findEffect(effects, 'lose')) return null;
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return null;
  const reorder = findEffect(effects, 'reorder');
  if (reorder && !(await overtaken(carrier, key, reorder.withinMs))) return null;
  const times = 1 + (findEffect(effects, 'duplicate')?.times ?? 0);
  const [first] = await Promise.all(Array.from({ length: times }, post));
  if (!reorder) releaseHeld(carrier, key);
  return first ?? null;
}

/** Waits until another event with this key has been posted, at most `withinMs`: it may be the last one.
 * False when the wait was called off. */
function overtaken(carrier: SimulatedCarrier, key: string, withinMs: number): Promise<boolean> {
  const passed = new Promise<boolean>((resolve) => {
    carrier.heldEvents.set(key, [...(carrier.heldEvents.get(key) ?? []), () => resolve(true)]);
  });
  return Promise.race([passed, carrier.timers.wait(withinMs)]);
}

function releaseHeld(carrier: SimulatedCarrier, key: string): void {
  for (const release of carrier.heldEvents.get(key) ?? []) release();
  carrier.heldEvents.delete(key);
}

/** True when the event must not keep its place in the order of its kind. */
export function canBeOvertaken(effects: readonly Effect[]): boolean {
  return findEffect(effects, 'delay') !== undefined || findEffect(effects, 'reorder') !== undefined;
}
