import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import { type Cleared, clear, type HandOver, handOver } from '../../../src/sending/gate.ts';
import type { SenderSignal } from '../../../src/sending/twilio/client.ts';
import {
  type CarrierOptions,
  createTwilioClient,
  type TwilioClient,
} from '../../../src/sending/twilio/client.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/certificate.ts';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
export const TOKEN = 'a-token-for-this-test';
export const PERSON = '+15551230001';
export const SHORT_CODE = '28555';
export const CREATED = { sid: `SM${'a'.repeat(32)}`, status: 'queued' };

export const NOW = new Date('2026-03-01T12:00:00Z');

type More = {
  delivery?: string;
  to?: string;
  text?: string;
  from?: string;
  service?: string;
  validUntil?: Date;
  leaseMs?: number;
  media?: string[];
};

/** A reply to HELP that the gate has cleared. By default its deadline is far away and its clock stands still. */
export function cleared({ leaseMs = 60_000, ...more }: More = {}): Cleared {
  const row: DeliveryDoc = {
    _id: more.delivery ?? '00help',
    contact: 'c_1',
    index: '1.person',
    rev: 1,
    class: 'help',
    program: null,
    topic: null,
    template: 'help',
    language: 'en',
    lane: '0-answers',
    sender: more.from ?? SHORT_CODE,
    service: more.service ?? null,
    sealed: null,
    parts: 1,
    state: 'sending',
    open: true,
    epoch: 1,
    owner: null,
    leaseUntil: null,
    dueAt: NOW,
    createdAt: NOW,
    ...(more.validUntil === undefined ? {} : { validUntil: more.validUntil }),
    decision: null,
    answers: { sid: 'SM1', receivedAt: NOW },
    own: true,
    prompt: null,
  };
  const words = {
    to: more.to ?? PERSON,
    text: more.text ?? 'We help.',
    ...(more.media === undefined ? {} : { media: more.media }),
  };
  const facts = {
    person: emptyConsentState(),
    program: null,
    handling: null,
    index: row.index,
    now: NOW,
    hoursEnd: null,
  };
  const decision = clear(
    row,
    words,
    facts,
    { monotonic: leaseMs, wall: leaseMs },
    { monotonic: () => 0, now: () => new Date(0) },
  );
  if ('refused' in decision) throw new Error(decision.refused.join());
  return decision.cleared;
}

/** A server that answers bytes with bytes and keeps what it received. */
export type ScriptedServer = {
  url: string;
  port: number;
  /** The received bytes as text, one string for each connection. */
  heard: () => string[];
  /** The number of connections that are open now. */
  open: () => number;
  close: () => Promise<void>;
};

/** Starts a server without HTTP. `act` is called when a connection opens, and then for every chunk. */
export async function startScriptedServer(
  act: (socket: Socket, heard: string) => void,
): Promise<ScriptedServer> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const at = heard.push('') - 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      heard[at] += chunk.toString('latin1');
      act(socket, heard[at] ?? '');
    });
    act(socket, '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heard: () => heard,
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Limits in ms under which connecting takes nearly all of the time for a call. */
export const SLOW_CONNECT = { createMs: 1000, connectMs: 850 };

/** The bytes that a slow server received over all its connections, and how many connections were opened. */
type SlowLine = { url: string; heard: () => string; opened: () => number; close: () => Promise<void> };

/** Starts a server that begins TLS `connectMs` after a connection comes, and then creates every message. */
export async function startSlowServer(connectMs: number): Promise<SlowLine> {
  let heard = '';
  let opened = 0;
  const secure = createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard += bytes;
      if (isWhole(heard)) socket.write(httpAnswer(201, CREATED));
    });
  });
  const server = createServer((socket) => {
    opened += 1;
    setTimeout(() => secure.emit('connection', socket), connectMs);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `https://localhost:${port}`, heard: () => heard, opened: () => opened, close };
}

/** A complete HTTP/1.1 answer. */
export function httpAnswer(status: number, body: unknown, headers: Record<string, string> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(text)), ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} x\r\n${head}\r\n${text}`;
}

/** Whether a complete POST of the client has arrived: its head, and as much body as the head says. */
export function isWhole(heard: string): boolean {
  const [head = '', body] = heard.split('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

/** Answers every complete request, on connections that stay open. */
export function answerEach(next: (nth: number) => string): (socket: Socket, heard: string) => void {
  const done = new WeakMap<Socket, number>();
  let nth = 0;
  return (socket, heard) => {
    const rest = heard.slice(done.get(socket) ?? 0);
    if (!isWhole(rest)) return;
    done.set(socket, heard.length);
    socket.write(next(nth));
    nth += 1;
  };
}

export type SignalOfSender = { sender: string; news: SenderSignal };

/** A carrier client for this address that collects its signals about senders. */
export function clientOf(
  apiBase: string,
  more: Partial<CarrierOptions> = {},
): { carrier: TwilioClient; news: SignalOfSender[] } {
  const news: SignalOfSender[] = [];
  const carrier = createTwilioClient({
    apiBase,
    accountSid: ACCOUNT,
    authToken: TOKEN,
    publicUrl: 'https://texts.example',
    onNews: (sender, senderSignal) => news.push({ sender, news: senderSignal }),
    ...more,
  });
  return { carrier, news };
}

/** The longest wait in ms of a call that is never answered, and of one that is. */
export const SHORT_MS = 500;
const ANSWERED_MS = 5000;

/** The number of calls that may begin at first. */
export const FREE = 20;

export type HandOverResult = { outcome: HandOver; news: SignalOfSender['news'][]; free: number };

/**
 * Hands one message to a carrier at this address and closes the client. Resolves with the outcome, the signals, and
 * the free connections.
 */
export async function callOnce(apiBase: string, createMs = ANSWERED_MS): Promise<HandOverResult> {
  const { carrier, news } = clientOf(apiBase, { createMs });
  const [outcome] = await handOver([cleared()], carrier.transport);
  await carrier.close();
  const told = news.filter(({ sender }) => sender === SHORT_CODE).map((news) => news.news);
  return { outcome: outcome as HandOver, news: told, free: carrier.free() };
}

/** The result for the row, then the kinds of signals about the sender. */
export const resultKinds = ({ outcome, news }: HandOverResult): string[] => [
  outcome.result,
  ...news.map((senderSignal) => senderSignal.is),
];
