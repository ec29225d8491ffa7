import type { Pool } from 'undici';
import type { Scope } from '../../../src/domain/consent/suppression.ts';
import { FIRST_TOPIC, KEYWORDS, RACE_SENDERS } from './programs.ts';
import { type ActSequence, type ScriptedAct, UNKNOWN_BODY } from './scenes.ts';
import type { RaceSystem } from './system.ts';

/** A text as it was typed; the carrier's ledger says when it was posted and answered. */
export type TypedText = { number: string; sid: string; body: string };

/** An opt-out by the API. `answeredAt`: when its 2xx arrived here; null where none did. */
export type ApiOptOut = {
  number: string;
  token: string;
  scopes: Scope[];
  begunAt: bigint;
  answeredAt: bigint | null;
};

/** All that people did in one step. `acknowledged`: ids of deliveries that the API said it had taken. */
export type ActLog = { typed: TypedText[]; asked: ApiOptOut[]; acknowledged: string[] };

export const emptyActLog = (): ActLog => ({ typed: [], asked: [], acknowledged: [] });

/** `againMs`: how long it says to wait; null where it does not. */
type Answer = { status: number; body: string; at: bigint; againMs: number | null };

/** Does the moves of a line, each after the answer to the one before. Never rejects: a process may be dead. */
export async function performActs(
  system: RaceSystem,
  number: string,
  moves: ActSequence['moves'],
  actLog: ActLog,
): Promise<void> {
  for (const move of moves) await doMove(system, number, move, actLog).catch(() => undefined);
}

async function doMove(system: RaceSystem, number: string, move: ScriptedAct, actLog: ActLog): Promise<void> {
  switch (move.do) {
    case 'text':
      return reading(system.carrier, { number, body: move.body }, () =>
        text(system.carrier, number, move.to, move.body, actLog),
      );
    case 'again': {
      const last = actLog.typed.findLast((text) => text.number === number);
      if (last !== undefined) await post(system.carrier, '/sim/replay', { sid: last.sid });
      return;
    }
    case 'opt-out':
      return optOut(system, number, move, actLog);
    case 'message':
      return orderMessage(system, number, move, actLog);
    case 'opt-in': {
      const { program, web } = move;
      const evidence = { agent: 'Desk 4', call_id: nextToken(), script_version: '2' };
      const words = { phone: number, program, channel: 'VERBAL', evidence };
      await post(system.webs[web], '/api/v1/opt-ins', words, keyOf(system, null));
      return;
    }
    case 'staff-answer':
      return answerByHand(system, number, move.web, actLog);
    default:
      return move satisfies never;
  }
}

/**
 * Where nobody answers, or it fails, once more at the other web process: under one API key and one Idempotency-Key both are one
 * order. Whoever died over the first holds it for a while.
 */
async function orderMessage(
  system: RaceSystem,
  number: string,
  { program, web }: Extract<ScriptedAct, { do: 'message' }>,
  actLog: ActLog,
): Promise<void> {
  const token = nextToken();
  const words = {
    phone: number,
    program,
    topic: FIRST_TOPIC[program],
    text: `Fernway: ordered #${token}`,
  };
  const headers = keyOf(system, token);
  const orderAt = (at: 0 | 1): Promise<Answer> => post(system.webs[at], '/api/v1/messages', words, headers);
  const first = await orderAt(web).catch(() => null);
  if (first !== null && first.status < 500) return acknowledge(actLog, first, 'id');
  const again = await orderAt(web === 0 ? 1 : 0);
  if (again.status !== 409 || again.againMs === null) return acknowledge(actLog, again, 'id');
  await new Promise((resolve) => setTimeout(resolve, again.againMs ?? 0));
  acknowledge(actLog, await orderAt(web === 0 ? 1 : 0), 'id');
}

/** `field`: where the answer names the delivery. */
function acknowledge(actLog: ActLog, { status, body }: Answer, field: 'id' | 'delivery'): void {
  if (status >= 300) return;
  // One that is not named is found missing by that.
  actLog.acknowledged.push(String((JSON.parse(body) as Record<string, unknown>)[field]));
}

/** How often staff tries, and how long between, ms: a process may be dead, and the text only now on its way into the database. */
const STAFF = { tries: 6, againMs: 700 };

async function answerByHand(system: RaceSystem, number: string, web: 0 | 1, actLog: ActLog): Promise<void> {
  const asked = actLog.typed.findLast((text) => text.number === number && text.body === UNKNOWN_BODY);
  if (asked === undefined) return;
  const path = `/api/v1/inbox/${asked.sid}/answer`;
  const words = { text: `Fernway: it left today. #${nextToken()}` };
  // Under another key it would be another answer, by another hand.
  const headers = keyOf(system, null);
  for (let tries = 0; tries < STAFF.tries; tries += 1) {
    const pool = system.webs[tries % 2 === 0 ? web : 1 - web] ?? system.webs[0];
    const answer = await post(pool, path, words, headers).catch(() => null);
    if (answer !== null && answer.status < 500 && answer.status !== 404) {
      return acknowledge(actLog, answer, 'delivery');
    }
    await new Promise((resolve) => setTimeout(resolve, STAFF.againMs));
  }
}

/** Resolves once the exchange with the gateway is over; rejects where the carrier refused. */
export async function text(
  carrier: Pool,
  number: string,
  to: keyof typeof RACE_SENDERS,
  body: string,
  actLog: ActLog,
): Promise<void> {
  const words = { from: number, to: RACE_SENDERS[to].number, body };
  const answer = await post(carrier, '/sim/inbound', words);
  if (answer.status !== 200) throw new Error(`the carrier refused a text with ${answer.status}`);
  const { sid } = JSON.parse(answer.body) as { sid: string };
  actLog.typed.push({ number, sid, body });
}

async function optOut(
  system: RaceSystem,
  number: string,
  { web, scopes }: Extract<ScriptedAct, { do: 'opt-out' }>,
  actLog: ActLog,
): Promise<void> {
  const token = nextToken();
  const times = { begunAt: process.hrtime.bigint(), answeredAt: null };
  const asked: ApiOptOut = { number, token, scopes: scopes.length === 0 ? ['all'] : scopes, ...times };
  actLog.asked.push(asked);
  const programs = scopes.flatMap((scope) => /^program:(.+)$/.exec(scope)?.[1] ?? []);
  const topics = scopes.flatMap((scope) => {
    const [, program, topic] = /^topic:(.+)\/(.+)$/.exec(scope) ?? [];
    return program === undefined || topic === undefined ? [] : [{ program, topic }];
  });
  const words = {
    phone: number,
    reason: token,
    ...(programs.length === 0 ? {} : { programs }),
    ...(topics.length === 0 ? {} : { topics }),
  };
  const answer = await post(system.webs[web], '/api/v1/opt-outs', words, keyOf(system, null));
  if (answer.status < 300) asked.answeredAt = answer.at;
}

let tokens = 0;
const nextToken = (): string => `act-${process.pid}-${(tokens++).toString(36)}`;

export const asKey = (system: RaceSystem): Record<string, string> => keyOf(system, null);

function keyOf({ apiKeys }: RaceSystem, idempotencyKey: string | null): Record<string, string> {
  const key = apiKeys[tokens % apiKeys.length] ?? '';
  const once = idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey };
  return { authorization: `Bearer ${key}`, ...once };
}

const post = (pool: Pool, path: string, words: object, headers = {}): Promise<Answer> =>
  order(pool, 'POST', path, words, headers);

export async function order(
  pool: Pool,
  method: 'POST' | 'PUT',
  path: string,
  words: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await pool.request({
    method,
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(words),
  });
  const at = process.hrtime.bigint();
  const after = response.headers['retry-after'];
  const againMs = after === undefined ? null : Number(after) * 1000;
  return { status: response.statusCode, body: await response.body.text(), at, againMs };
}

/** How long somebody waits for the question before they answer all the same, ms: it may never come. */
const PATIENCE_MS = 2000;

/** Between two looks at the handset, ms. */
const LOOK_MS = 60;

/** Every question says how it is answered. */
const QUESTION = /\bYES\b/;

/** Texts that are answered by a question. */
const ASKING: readonly string[] = [...Object.values(KEYWORDS), 'START'];

/** Does `work`, which texts `body`; whoever is asked a question then reads it before they text on. */
async function reading(
  carrier: Pool,
  { number, body }: { number: string; body: string },
  work: () => Promise<void>,
): Promise<void> {
  if (!ASKING.includes(body)) return work();
  const before = await questionsOn(carrier, number);
  await work();
  for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; ) {
    if ((await questionsOn(carrier, number)) > before) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

type Shown = { direction: 'in' | 'out'; body: string };

async function questionsOn(carrier: Pool, number: string): Promise<number> {
  const path = `/sim/handsets/${encodeURIComponent(number)}`;
  const { body } = await carrier.request({ method: 'GET', path });
  const { messages } = (await body.json()) as { messages: Shown[] };
  return messages.filter((message) => message.direction === 'out' && QUESTION.test(message.body)).length;
}
