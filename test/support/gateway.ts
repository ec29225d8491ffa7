import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { freePort } from '../../scripts/rig/free-port.ts';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import type { Program, Sender } from '../../src/domain/program.ts';
import type { Clocks } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { Store } from '../../src/store/store.ts';
import { type Running, startWeb } from '../../src/web.ts';
import { startSending, startWorker } from '../../src/worker.ts';
import { type HandsetMessage, repliesOnHandset, type SimulatedInbound } from './replies.ts';
import { startReplyWorker } from './reply-worker.ts';
import { seedPrograms } from './seed-programs.ts';
import { closeTestStore, dropTestStore, openTestStore } from './test-store.ts';

export { until } from './until.ts';

/** `status` is that of the webhook's last answer, and null when no webhook listened. */
export type TextAnswer = { sid: string; status: number | null };

/** The outcome of a text whose replies have all left or ended. */
export type TextWithReplies = TextAnswer & {
  /** Bodies that reached the handset because of this text, oldest first, including the carrier's own answer. */
  replies: string[];
  /** Whether the carrier answered by itself, as some carriers do to STOP, START and HELP. */
  carrierAnswered: boolean;
};

type ToText = [from: string, body: string, to?: string, fields?: Record<string, string>];

/**
 * Web process, worker and simulator in the test's own process. They talk over real HTTP and have a database of their
 * own.
 */
export type Gateway = {
  url: string;
  config: Config & { mongodbUri: string };
  /** A second client on the same database, with which a test looks at rows and changes them. */
  store: Store;
  simulator: Simulator;
  /** Every log line of web process and worker so far. */
  logs: string[];
  /**
   * Texts one of our numbers through the carrier. Resolves once every reply planned for the text has left or ended.
   * `fields` are added to the form that the carrier posts. Rejects at once when no reply can come: without a worker,
   * and when the webhook did not accept the text.
   */
  text: (...text: ToText) => Promise<TextWithReplies>;
  /**
   * Like `text`, but resolves with the webhook's answer. For tests in which no webhook accepts the text or no reply
   * may leave.
   */
  textWithoutWaiting: (...text: ToText) => Promise<TextAnswer>;
  /** Bodies that reached the handset, oldest first. */
  received: (number: string) => Promise<string[]>;
  sim: (method: string, path: string, body?: unknown) => Promise<Response>;
  /** Starts and stops the web process alone. */
  web: { start: () => Promise<void>; stop: () => Promise<void> };
  /** Stops the worker. Then nothing more leaves, and only the test changes the database. */
  stopWorker: () => Promise<void>;
  stop: () => Promise<void>;
};

export type GatewayOptions = {
  senders?: Sender[];
  programs?: Program[];
  /**
   * `sending` starts a worker without its background jobs, which would run once at its start. `replies` starts one
   * that hands over replies only, so that rows that a test plans stay planned.
   */
  worker?: boolean | 'sending' | 'replies';
  /** The fragment of the webhook address, with Twilio's connection overrides. */
  retry?: string;
  env?: Record<string, string>;
  /** The name by which the gateway is opened; 127.0.0.1 unless given. Passkeys need a name. */
  host?: string;
  /** Whether the gateway looks numbers up at the simulator. */
  lookup?: boolean;
  /**
   * Changes the database address of web process and worker, for example to a proxy. The test's own store keeps the
   * direct address.
   */
  through?: (uri: string) => string;
} & Clocks;

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { uri, name, store } = await openTestStore();
  const dataDir = await mkdtemp(join(tmpdir(), 'assent-gateway-'));
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const url = `http://${options.host ?? '127.0.0.1'}:${port}`;
  const mongodbUri = options.through?.(uri) ?? uri;
  const config = {
    ...loadConfig(
      environment({ port, simulatorPort, dataDir, uri, url }, environmentOf(options, simulatorPort)),
    ),
    mongodbUri,
  };
  const senders = options.senders ?? Object.values(SENDERS);
  await seedPrograms(store, senders, options.programs);
  const simulator = await createSimulator({
    port: simulatorPort,
    accountSid: config.twilio.accountSid,
    authToken: config.twilio.authToken,
    sharedKeys: [...config.twilio.sharedKeys].map(([id, secret]) => ({ id, secret })),
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
  let worker: { stop: () => Promise<void> } | null = await openWorker(
    options,
    own,
    createLog('debug', 'worker', sink),
  );
  const stopWorker = async (): Promise<void> => {
    await worker?.stop();
    worker = null;
  };
  const sim = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(simulator.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const handset = async (number: string): Promise<HandsetMessage[]> => {
    const answer = await sim('GET', `/sim/handsets/${encodeURIComponent(number)}`);
    const { messages } = (await answer.json()) as { messages: HandsetMessage[] };
    return messages.filter((message) => message.direction === 'out');
  };
  const post = async (...[from, body, to = senders[0]?.number ?? '', fields = {}]: ToText) =>
    (await (await sim('POST', '/sim/inbound', { from, to, body, fields })).json()) as SimulatedInbound;
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
    text: async (...text) => {
      if (worker === null) throw new Error('without a worker no reply leaves: use textWithoutWaiting');
      const exchange = await post(...text);
      const { sid, status, answered } = exchange;
      if (status !== 200) throw new Error(`the webhook answered ${status}: use textWithoutWaiting`);
      const replies = await repliesOnHandset(store, exchange, () => handset(text[0]));
      return { sid, status, replies, carrierAnswered: answered === 'carrier' };
    },
    textWithoutWaiting: async (...text) => {
      const { sid, status } = await post(...text);
      return { sid, status };
    },
    received: async (number) => (await handset(number)).map(({ body }) => body),
    stopWorker,
    stop: async () => {
      await stopWeb();
      await stopWorker();
      await simulator.close();
      await (options.through === undefined ? closeTestStore(store) : dropTestStore(store));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Own = Parameters<typeof startWorker>[0];

async function openWorker({ worker = true, now }: GatewayOptions, own: Own, log: Logger) {
  if (worker === false) return null;
  if (worker === true) return startWorker(own, log);
  if (worker === 'sending') return startSending(own, log);
  // Replies are due by the clock that planned them.
  return startReplyWorker(own, log, now === undefined ? {} : { now });
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
    LEDGER_KEY: `1:${randomBytes(32).toString('base64')}`,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    ...extra,
  };
}
