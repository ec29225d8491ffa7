import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';
import { startReceiver } from './webhook-receiver.ts';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
export const TOKEN = 'a-token-for-tests';
export const SERVICE = `MG${'1'.repeat(32)}`;
export const DEFAULT_SERVICE = `MG${'2'.repeat(32)}`;
const MIXED_SERVICE = `MG${'3'.repeat(32)}`;

export const SHORT_CODE = '24680';
export const SERVICE_NUMBER = '+15005550010';
export const SERVICE_SIBLING = '+15005550011';
export const LONG_CODE = '+15005550020';
export const OTHER_LONG_CODE = '+15005550021';
export const DEFAULT_SERVICE_NUMBER = '+15005550040';
export const TOLL_FREE = '+18005550030';
/** A toll-free number in a Messaging Service that has Advanced Opt-Out through its other number. */
export const TOLL_FREE_IN_SERVICE = '+18005550031';
const ITS_SIBLING = '+15005550050';
export const PERSON = '+15551230001';

export type SimulatedMessage = {
  direction: 'in' | 'out';
  from: string;
  to: string;
  body: string;
  at: string;
  sid: string;
  status: string;
  errorCode: number | null;
};
export type SimulatedTextResult = {
  sid: string;
  answered: 'twiml' | 'carrier' | 'none';
  status: number | null;
  messages: SimulatedMessage[];
};
export type SimulatorLedgerLine = Record<string, string | number | null>;

export const SHARED_KEYS = [
  { id: 'webhooks_sharedkey_older', secret: 'secret-of-the-older-key' },
  { id: 'webhooks_sharedkey_newer', secret: 'secret-of-the-newer-key' },
];

/** A simulator with a number of each kind, and the receiver of its webhooks. */
export type SimulatorBox = {
  simulator: Simulator;
  receiver: WebhookReceiver;
  text(to: string, body: string, more?: object): Promise<SimulatedTextResult>;
  create(form: Record<string, string>, signal?: AbortSignal | null): Promise<Response>;
  control(method: string, path: string, body?: unknown): Promise<Response>;
  handset(number?: string): Promise<SimulatedMessage[]>;
  ledger(): Promise<SimulatorLedgerLine[]>;
  debuggerCodes(): Promise<number[]>;
  get(path: string): Promise<Response>;
  close(): Promise<void>;
};

export async function openBox(more: Partial<SimulatorOptions> = {}, fragment = ''): Promise<SimulatorBox> {
  const receiver = await startReceiver(TOKEN, new Map(SHARED_KEYS.map(({ id, secret }) => [id, secret])));
  const services = new Map([
    [SERVICE_NUMBER, SERVICE],
    [SERVICE_SIBLING, SERVICE],
    [TOLL_FREE_IN_SERVICE, MIXED_SERVICE],
    [ITS_SIBLING, MIXED_SERVICE],
    [DEFAULT_SERVICE_NUMBER, DEFAULT_SERVICE],
  ]);
  const number = (own: string, kind: 'short-code' | 'long-code' | 'toll-free', handling: string) => ({
    number: own,
    kind,
    handling: handling as 'own',
    messagingServiceSid: services.get(own) ?? null,
    inboundUrl: `${receiver.url}/inbound?number=${encodeURIComponent(own)}${fragment}`,
  });
  const simulator = await createSimulator({
    port: 0,
    accountSid: ACCOUNT,
    authToken: TOKEN,
    sharedKeys: SHARED_KEYS,
    seed: 7,
    numbers: [
      number(SHORT_CODE, 'short-code', 'own'),
      number(SERVICE_NUMBER, 'long-code', 'advanced'),
      number(SERVICE_SIBLING, 'long-code', 'advanced'),
      number(LONG_CODE, 'long-code', 'default'),
      number(OTHER_LONG_CODE, 'long-code', 'default'),
      number(DEFAULT_SERVICE_NUMBER, 'long-code', 'default'),
      number(TOLL_FREE, 'toll-free', 'network'),
      number(TOLL_FREE_IN_SERVICE, 'toll-free', 'network'),
      number(ITS_SIBLING, 'long-code', 'advanced'),
    ],
    ...more,
  });
  return driverOf(simulator, receiver);
}

function driverOf(simulator: Simulator, receiver: WebhookReceiver): SimulatorBox {
  const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
  const headers = { authorization };
  const control = (method: string, path: string, body?: unknown) =>
    fetch(`${simulator.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async <T>(path: string) => (await (await control('GET', path)).json()) as T;
  return {
    simulator,
    receiver,
    control,
    text: async (to, body, rest = {}) =>
      (await (
        await control('POST', '/sim/inbound', { from: PERSON, to, body, ...rest })
      ).json()) as SimulatedTextResult,
    create: (form, signal = null) =>
      fetch(`${simulator.url}/2010-04-01/Accounts/${ACCOUNT}/Messages.json`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(form),
        signal,
      }),
    get: (path) => fetch(`${simulator.url}${path}`, { headers, redirect: 'manual' }),
    handset: async (number = PERSON) =>
      (await json<{ messages: SimulatedMessage[] }>(`/sim/handsets/${encodeURIComponent(number)}`)).messages,
    ledger: async () => {
      const lines = await (await control('GET', '/sim/ledger')).text();
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as SimulatorLedgerLine);
    },
    debuggerCodes: async () =>
      (await json<{ entries: { code: number }[] }>('/sim/debugger')).entries.map(({ code }) => code),
    close: async () => {
      await simulator.close();
      await receiver.close();
    },
  };
}

/** Polls `read` until it returns a value. Throws after five seconds. */
export async function eventually<T>(
  read: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const value = await read();
    if (value) return value as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`never became true: ${read}`);
    await wait(5);
  }
}
