import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SILENCE } from '../serve.ts';
import { openConnection } from './connection.ts';
import { type Address, conversations, type PreparedRequest, peopleFor, requestOf } from './texts.ts';

export type ReplyOrder = {
  kind: 'order';
  /** The ports of the web process, and of the carrier, which is this process. */
  port: number;
  carrierPort: number;
  address: Address;
  connections: number;
  /** Length of the warm-up and of the measurement, ms. */
  warm: number;
  measured: number;
  /** The most texts that this pass can send. */
  texts: number;
};
export type ReplyPrepared = { kind: 'prepared' };
export type ReplyGo = { kind: 'go' };
/** `times`: ms from a text to the create call of its reply, in any order. */
export type ReplyDone = { kind: 'done'; perSecond: number; times: number[]; wrong: number };

const say = (message: ReplyPrepared | ReplyDone): void => void process.send?.(message);

/** A reply that has not come after this time, in ms, counts as lost. */
const PATIENCE_MS = 20_000;

/** The functions that wait for the next message to a number. */
const waiting = new Map<string, () => void>();

type Text = PreparedRequest & { from: string };

async function run(order: ReplyOrder): Promise<void> {
  const texts: Text[] = [];
  for (const conversation of conversations(0, peopleFor(order.connections))) {
    if (texts.push({ ...requestOf(conversation, order.address), from: conversation.from }) >= order.texts)
      break;
  }
  const go = new Promise((resolve) => process.once('message', resolve));
  const carrier = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => carrier.listen(order.carrierPort, '127.0.0.1', resolve));
  say({ kind: 'prepared' });
  await go;
  say(await textAll(order, texts));
  carrier.close();
}

/** A closed loop: each connection sends its next text when the create call of the last reply has come. */
async function textAll(
  { port, connections, warm, measured }: ReplyOrder,
  texts: readonly Text[],
): Promise<ReplyDone> {
  const done = { times: [] as number[], wrong: 0 };
  const warmEnd = performance.now() + warm;
  const end = warmEnd + measured;
  let next = 0;
  const loop = async (): Promise<void> => {
    const connection = await openConnection(port);
    while (next < texts.length && performance.now() < end) {
      const { from, bytes } = texts[next++] as Text;
      const began = performance.now();
      const replied = nextTo(from);
      const { status, body } = await connection.post(bytes);
      const hasCome = await replied;
      const now = performance.now();
      if (status !== 200 || !body.includes(SILENCE) || !hasCome) done.wrong += 1;
      if (now >= warmEnd && now <= end) done.times.push(now - began);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return { kind: 'done', ...done, perSecond: (done.times.length * 1000) / measured };
}

/** Resolves with false if no message to the number came in time. */
function nextTo(number: string): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (hasCome: boolean): void => {
      clearTimeout(timer);
      waiting.delete(number);
      resolve(hasCome);
    };
    const timer = setTimeout(() => end(false), PATIENCE_MS);
    waiting.set(number, () => end(true));
  });
}

/** The simplest carrier: it accepts every message, and its list is empty. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'application/json');
  if (request.method !== 'POST') return void response.end('{"messages":[],"next_page_uri":null}');
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  waiting.get(form.get('To') ?? '')?.();
  response
    .writeHead(201)
    .end(JSON.stringify({ sid: `SM${randomBytes(16).toString('hex')}`, status: 'queued' }));
}

process.once('message', (order: ReplyOrder) => {
  run(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
