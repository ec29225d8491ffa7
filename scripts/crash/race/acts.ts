import type { Pool } from 'undici';
import type { Scope } from '../../../src/domain/consent/suppression.ts';
import { FIRST_TOPIC, KEYWORDS, RACE_SENDERS } from './programs.ts';
import { type ActSequence, type ScriptedAct, UNKNOWN_BODY } from './scenes.ts';
import type { RaceSystem } from './system.ts';

/** A text as it was typed. The carrier's ledger has the times of its webhook. */
export type TypedText = { number: string; sid: string; body: string };

/** An opt-out by the API. `answeredAt`: when its 2xx arrived, or null. */
export type ApiOptOut = {
  number: string;
  token: string;
  scopes: Scope[];
  begunAt: bigint;
  answeredAt: bigint | null;
};

/** All acts of people in one step. `acknowledged`: ids of deliveries that the API accepted. */
export type ActLog = { typed: TypedText[]; asked: ApiOptOut[]; acknowledged: string[] };

export const emptyActLog = (): ActLog => ({ typed: [], asked: [], acknowledged: [] });

/** `againMs`: the wait that a Retry-After asks for, or null. */
type Answer = { status: number; body: string; at: bigint; againMs: number | null };

/** Performs acts one after another. Never rejects, because a process may be dead. */
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
 * Orders a message, and orders it again at the other web process when the first call fails. One API key and one Idempotency-Key
 * make both calls the same order. A process that died over the first call holds the order for a while.
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

/** `field`: the field of the answer that names the delivery. */
function acknowledge(actLog: ActLog, { status, body }: Answer, field: 'id' | 'delivery'): void {
  if (status >= 300) return;
  // A missing id is found later as a missing row.
  actLog.acknowledged.push(String((JSON.parse(body) as Record<string, unknown>)[field]));
}

/** How often staff tries, and the wait between tries, ms. A process may be dead, or the text may not be recorded yet. */
const STAFF = { tries: 6, againMs: 700 };

async function answerByHand(system: RaceSystem, number: string, web: 0 | 1, actLog: ActLog): Promise<void> {
  const asked = actLog.typed.findLast((text) => text.number === number && text.body === UNKNOWN_BODY);
  if (asked === undefined) return;
  const path = `/api/v1/inbox/${asked.sid}/answer`;
  const words = { text: `Fernway: it left today. #${nextToken()}` };
  // Another key would make this another answer by somebody else.
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

/** How long a person waits for the question before they answer anyway, ms. The question may never come. */
const PATIENCE_MS = 2000;

/** Poll interval of the handset, ms. */
const LOOK_MS = 60;

/** Every question names YES as its answer. */
const QUESTION = /\bYES\b/;

/** Texts that get a question as their answer. */
const ASKING: readonly string[] = [...Object.values(KEYWORDS), 'START'];

/** Does `work`, which texts `body`. A person who is asked a question reads it before their next text. */
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
