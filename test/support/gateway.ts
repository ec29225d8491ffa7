import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { freePort } from '../../scripts/rig/free-port.ts';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import type { Program, Sender } from '../../src/domain/program.ts';
import type { Clocks } from '../../src/open-desk.ts';
import { createLog } from '../../src/running/log.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { Store } from '../../src/store/store.ts';
import { type Running, startWeb } from '../../src/web.ts';
import { startSending, startWorker } from '../../src/worker.ts';
import { seedBook } from './seed-book.ts';
import { closeTestStore, dropTestStore, openTestStore } from './test-store.ts';

export type Shown = {
  direction: 'in' | 'out';
  from: string;
  to: string;
  body: string;
  at: string;
  sid: string;
  status: string;
};
export type Texted = {
  sid: string;
  answered: 'twiml' | 'carrier' | 'none';
  status: number | null;
  messages: Shown[];
};

/** Web, worker and simulator in this process over real HTTP, on a database of their own. */
export type Gateway = {
  url: string;
  config: Config & { mongodbUri: string };
  /** A second client on the same database, to look behind the scenes. */
  store: Store;
  simulator: Simulator;
  /** Every log line of web and worker so far. */
  logs: string[];
  /** Texts one of our numbers through the carrier; resolves with the carrier's account of the exchange. */
  text: (from: string, body: string, to?: string) => Promise<Texted>;
  /** Bodies that reached the handset, oldest first. */
  received: (number: string) => Promise<string[]>;
  sim: (method: string, path: string, body?: unknown) => Promise<Response>;
  /** The web process alone. */
  web: { start: () => Promise<void>; stop: () => Promise<void> };
  stop: () => Promise<void>;
};

export type GatewayOptions = {
  senders?: Sender[];
  programs?: Program[];
  /** `sending`: all of a worker but its background jobs, which else run once as it starts; for tests of what no job does. */
  worker?: boolean | 'sending';
  /** Fragment of the webhook address, Twilio's connection overrides. */
  retry?: string;
  env?: Record<string, string>;
  /** Whether numbers are looked up, at the simulator. */
  lookup?: boolean;
  /** How web and worker reach the database; the test itself goes straight. */
  through?: (uri: string) => string;
} & Clocks;

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { uri, name, store } = await openTestStore();
  const dataDir = await mkdtemp(join(tmpdir(), 'assent-gateway-'));
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const mongodbUri = options.through?.(uri) ?? uri;
  const config = {
    ...loadConfig(
      environment({ port, simulatorPort, dataDir, uri, url }, environmentOf(options, simulatorPort)),
    ),
    mongodbUri,
  };
  const senders = options.senders ?? Object.values(SENDERS);
  await seedBook(store, senders, options.programs);
  const simulator = await createSimulator({
    port: simulatorPort,
    accountSid: config.twilio.accountSid,
    authToken: config.twilio.authToken,
    seed: 1,
    numbers: senders.map(({ number, kind, handling, messagingServiceSid }) => ({
      number,
      kind,
      handling,
      messagingServiceSid,
      inboundUrl: `${url}/webhooks/twilio/inbound${options.retry ?? ''}`,
    })),
  });
  const logs: string[] = [];
  const sink = { write: (line: string) => void logs.push(line) };
  const own = { ...config, database: name };
  const openWeb = (): Promise<Running> => startWeb(own, createLog('debug', 'web', sink), options);
  let web: Running | null = await openWeb();
  const stopWeb = async (): Promise<void> => {
    await web?.stop();
    web = null;
  };
  const worker = await openWorker(options.worker ?? true, own, createLog('debug', 'worker', sink));
  const sim = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(simulator.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    url,
    config,
    store,
    simulator,
    logs,
    sim,
    web: {
      start: async () => {
        web ??= await openWeb();
      },
      stop: stopWeb,
    },
    text: async (from, body, to = senders[0]?.number ?? '') =>
      (await (await sim('POST', '/sim/inbound', { from, to, body })).json()) as Texted,
    received: async (number) => {
      const answer = await sim('GET', `/sim/handsets/${encodeURIComponent(number)}`);
      const { messages } = (await answer.json()) as { messages: Shown[] };
      return messages.filter((one) => one.direction === 'out').map((one) => one.body);
    },
    stop: async () => {
      await stopWeb();
      await worker?.stop();
      await simulator.close();
      await (options.through === undefined ? closeTestStore(store) : dropTestStore(store));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Own = Parameters<typeof startWorker>[0];

async function openWorker(wanted: boolean | 'sending', own: Own, log: Logger) {
  if (wanted === false) return null;
  return wanted === true ? startWorker(own, log) : startSending(own, log);
}

const environmentOf = ({ env, lookup }: GatewayOptions, simulatorPort: number) => ({
  ...(lookup === true ? { TWILIO_LOOKUP_BASE: `http://127.0.0.1:${simulatorPort}` } : {}),
  ...env,
});

type Places = { port: number; simulatorPort: number; dataDir: string; uri: string; url: string };

function environment(places: Places, extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    PORT: String(places.port),
    PUBLIC_URL: places.url,
    SIMULATOR_PORT: String(places.simulatorPort),
    TWILIO_API_BASE: `http://127.0.0.1:${places.simulatorPort}`,
    DATA_DIR: places.dataDir,
    MONGODB_URI: places.uri,
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'primary-token-of-a-test',
    TWILIO_AUTH_TOKEN_SECONDARY: 'secondary-token-of-a-test',
    KEYRING: `k1:${randomBytes(32).toString('base64')}`,
    BLIND_INDEX_KEY: `1:${randomBytes(32).toString('base64')}`,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    ...extra,
  };
}

/** Between two looks at what is awaited, ms: a tenth of the time waited so far, within these bounds. */
const LOOK_MS = { least: 10, most: 100 };

/** Resolves once `holds` does; looks often at first. Rejects after `ms`, naming what was awaited. */
export async function until(what: string, holds: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const began = Date.now();
  while (!(await holds())) {
    const waited = Date.now() - began;
    if (waited > ms) throw new Error(`waited in vain: ${what}`);
    const rest = Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, waited / 10));
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}
