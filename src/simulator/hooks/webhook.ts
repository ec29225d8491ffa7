import type { Carrier } from '../carrier.ts';
import { record } from '../carrier.ts';
import type { NewEntry } from '../ledger.ts';
import type { Message } from '../message.ts';
import type { Answer, PostResult } from './form-post.ts';
import { postForm } from './form-post.ts';
import type { Hook } from './hook-url.ts';
import { readHook } from './hook-url.ts';
import { signatureHeaders } from './signature.ts';

/** All tries at all URLs of one event share this time. Source: Twilio error page 11205. */
export const EVENT_BUDGET_MS = 15_000;

export type Event = {
  message: Message;
  kind: 'inbound' | 'status';
  form: Readonly<Record<string, string>>;
  /** Sent as I-Twilio-Idempotency-Token, the same on every try. */
  token: string;
  /** `performance.now()` at which the carrier gives up. */
  deadline: number;
};

/** `answer` is the last one, whatever its status; `code` is the debugger's when it was not a 2xx. */
export type Posted = { url: string; answer: Answer | null; code: number | null };

/** Posts a signed event to one configured URL, with its retries. A failure is written into the debugger. */
export async function postEvent(carrier: Carrier, event: Event, configuredUrl: string): Promise<Posted> {
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
  complain(carrier, event, hook.url, code);
  return { url: hook.url, answer, code };
}

async function tryOnce(
  carrier: Carrier,
  event: Event,
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
export function entryOf({ kind, message, form }: Event): Omit<NewEntry, 'at'> {
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

const COMPLAINTS: Record<number, string> = {
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
export function complain(carrier: Carrier, event: Event, url: string, code: number): void {
  const message = COMPLAINTS[code] ?? 'Unknown';
  if (carrier.debugger.length >= DEBUGGER_LIMIT) carrier.debugger.splice(0, DEBUGGER_LIMIT / 2);
  carrier.debugger.push({ code, at: carrier.now(), sid: event.message.sid, url, message });
}
