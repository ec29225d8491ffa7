import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createProvider } from './access/oidc.ts';
import { createRequestLog } from './access/request-log.ts';
import { firstLinkUnlessAdmin } from './access/staff-links.ts';
import { createApi } from './api/http/server.ts';
import { type Config, ROOT } from './config.ts';
import type { AppContext } from './consent/app-context.ts';
import { createInboundAcceptor } from './consent/inbound/handle-inbound.ts';
import { openSpool, type Spool } from './consent/inbound/spool.ts';
import { startSpoolReplay } from './consent/inbound/spool-replay.ts';
import { createConsole } from './console/console.ts';
import { HOUR_MS } from './domain/durations.ts';
import { createListener } from './http-app.ts';
import { type Clocks, openContextOnDatabaseTime } from './open-context.ts';
import { countUnknownCodes } from './receipts/unknown-codes.ts';
import { doctorChecks } from './running/doctor/checks.ts';
import { createDoctor } from './running/doctor/doctor.ts';
import { answersPart, areAnswersLate, clockPart, databasePart, type HealthPart } from './running/health.ts';
import { listen } from './running/http.ts';
import {
  createMetrics,
  inboundMetrics,
  type JobHealth,
  type Metrics,
  watchDue,
  watchIncidents,
  watchJobs,
  watchOrphans,
  watchQuality,
  watchReceipts,
  watchUnknownCodes,
} from './running/metrics.ts';
import { lockSpool } from './running/spool-lock.ts';
import { cachedRead, staleWhileRevalidate } from './store/cached-read.ts';
import { type OldestDue, oldestDue } from './store/deliveries/queue.ts';
import { orphansInAll, waitingReceipts } from './store/deliveries/waiting-receipts.ts';
import { readJobs } from './store/jobs.ts';
import { startPoller } from './store/poller.ts';
import { countOpenAlarms } from './store/reports/quality.ts';
import { countIncidents } from './store/senders/incidents.ts';
import { stoppedSenders } from './store/senders/sender-state.ts';
import type { Store } from './store/store.ts';

export type Running = {
  port: number;
  /** The link for the first admin, where there is none. It stands nowhere else. */
  firstLink: string | null;
  stop: () => Promise<void>;
};

/**
 * Limits for request heads and bodies that arrive slowly, ms. Node checks them every `connectionsCheckingInterval`.
 */
const TIME_OUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
} as const;

/** Longest that requests under way may take to end at shutdown, ms: an opt-out waits
 * `DRAIN_LIMIT_MS` after its transaction. */
const DRAIN_MS = 10_000;

/**
 * Share of the shutdown seconds that is for requests under way. The rest is for the writes that they leave behind.
 */
const DRAIN_SHARE = 0.5;

/** A process with this many spooled texts is not ready. */
const MOST_SPOOLED = 10_000;

/**
 * How long one check of the spool's disk is reused, ms. Anyone who reaches `/readyz` may ask, so requests must not
 * cause checks without limit.
 */
const WRITABLE_MS = 1000;

/**
 * How long figures from the database are reused, ms. Anyone who reaches `/metrics` may scrape it, so scrapes must
 * not cause queries without limit.
 */
const METRICS_MS = 5000;
/** Time between two checks of how long answers to people wait, ms. */
const ALARM_LOOK_MS = 10_000;
/** How often failures of several weeks are counted, ms. The count is slow, so no scrape waits for it. */
const COUNTED_MS = 60_000;

/**
 * Starts a web process: carrier routes, API, operator routes, spool. When a step fails, everything started before
 * it is stopped.
 */
export async function startWeb(
  config: Config & { mongodbUri: string; database?: string },
  log: Logger,
  clocks: Clocks = {},
): Promise<Running> {
  const metrics = createMetrics('web');
  const { context: opened, close, askTime, wall } = await openContextOnDatabaseTime(config, log, clocks);
  const measured = { ...opened, ...inboundMetrics(metrics) };
  const oldest = watchInstallation(metrics, measured);
  let closeSpool = async (): Promise<void> => undefined;
  try {
    const { spool, ...spooling } = await startSpool(measured, config, { metrics, askTime });
    closeSpool = spooling.stop;
    const context = { ...measured, doctor: doctorOf(measured, { spool, wall, ...config }) };
    const requests = createRequestLog(context);
    const listener = createListener({
      context,
      publicUrl: config.publicUrl,
      account: config.twilio,
      takeIn: createInboundAcceptor(context, spool, (outcome) => metrics.inbound.inc({ outcome })),
      metrics,
      log,
      parts: partsOf(context, { spool, wall, oldest }),
      api: createApi(context, requests, ROOT),
      console: consoleOf(context, config, log),
    });
    const { server, port } = await serve(listener, config.port, log);
    const firstLink = config.console?.kind === 'on' ? await firstLinkUnlessAdmin(context) : null;
    const alarm = alarmOfLateAnswers(context, oldest);
    return {
      port,
      firstLink,
      stop: async () => {
        await closeServer(server, Math.min(DRAIN_MS, config.shutdownSeconds * 1000 * DRAIN_SHARE));
        await Promise.all([alarm.stop(), closeSpool(), requests.stop()]).then(close);
      },
    };
  } catch (error) {
    await closeSpool().then(close);
    throw error;
  }
}

type Examined = { spool: Spool; wall: () => Date; dataDir: string };

type DoctorContext = Parameters<typeof doctorChecks>[0] & Pick<AppContext, 'log' | 'monotonic' | 'now'>;

const doctorOf = (context: DoctorContext, { spool, wall, dataDir }: Examined) =>
  createDoctor({
    checks: doctorChecks(context, {
      spool,
      wall,
      spoolDir: spoolIn({ dataDir }),
      zoneData: process.versions.tz,
    }),
    now: context.now,
    monotonic: context.monotonic,
    onError: (error, check) => context.log.warn({ error, check }, 'a check of the doctor failed'),
  });

/** The folder of the spool. */
const spoolIn = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'spool');

async function serve(listener: RequestListener, wanted: number, log: Logger) {
  const server = createServer(TIME_OUTS, listener);
  const port = await listen(server, wanted, 'PORT');
  log.info({ port }, 'web is ready');
  return { server, port };
}

/** The pages for staff, where the configuration has them. */
function consoleOf(
  context: AppContext,
  { console, twilio }: Config,
  log: Logger,
): ReturnType<typeof createConsole> | null {
  if (console === null) return null;
  const { kind, sessionSecret, proxies, oidc } = console;
  const settings = { simulator: twilio.apiBase, sessionSecret, hasAccounts: kind === 'on', proxies };
  return createConsole(context, { ...settings, oidc: oidc && createProvider(oidc), root: ROOT, log });
}

type Looked = { spool: Spool; wall: () => Date; oldest: () => Promise<OldestDue> };

/** The checks that must pass before the process is ready. */
const partsOf = (
  { store, monotonic, now }: Pick<AppContext, 'monotonic' | 'now' | 'store'>,
  { spool, wall, oldest }: Looked,
): HealthPart[] => [
  databasePart(store),
  clockPart(store, wall),
  spoolPart(spool, monotonic),
  answersPart(async () => (await oldest()).answers, now),
];

type Spooling = { metrics: Metrics; askTime: () => Promise<Date> };

/** Takes the lock first: from then on no other process writes to the folder. */
async function startSpool(
  context: AppContext,
  { dataDir, keyRing }: Pick<Config, 'dataDir' | 'keyRing'>,
  { metrics, askTime }: Spooling,
) {
  const dir = spoolIn({ dataDir });
  const { holds, release } = await lockSpool(dir, context.log);
  const spool = await openSpool(dir, keyRing, holds).catch((error: unknown) => {
    release();
    throw error;
  });
  await sayIfFull(spool, context.log);
  const look = () => metrics.spoolWaiting.set(spool.waiting());
  const replaying = startSpoolReplay(context, spool, dir, { look, askTime });
  const stop = async (): Promise<void> => {
    await replaying.stop();
    await spool.close();
    release();
  };
  return { spool, stop };
}

async function sayIfFull(spool: Spool, log: AppContext['log']): Promise<void> {
  if (await spool.isWritable()) return;
  log.error(
    {},
    'the disk of the spool is full, so texts that come while the database is down are refused; free some space',
  );
}

function spoolPart(spool: Spool, monotonic: () => number): HealthPart {
  const writable = cachedRead(spool.isWritable, WRITABLE_MS, monotonic);
  return { name: 'spool', ready: async () => spool.waiting() < MOST_SPOOLED && (await writable()) };
}

/**
 * Adds the metrics of the whole installation, which every web process reports. Returns the read of the oldest due
 * deliveries, without those of stopped senders.
 */
function watchInstallation(metrics: Metrics, context: AppContext): () => Promise<OldestDue> {
  const { store, catalog, now, monotonic } = context;
  const shared = <T>(read: () => Promise<T>) => cachedRead(read, METRICS_MS, monotonic);
  watchJobs(
    metrics,
    shared(() => jobHealth(context)),
    now,
  );
  watchQuality(
    metrics,
    shared(() => countOpenAlarms(store)),
  );
  watchIncidents(
    metrics,
    shared(() => countIncidents(store, new Date(now().getTime() - 4 * HOUR_MS))),
  );
  watchOrphans(
    metrics,
    shared(() => orphansInAll(store)),
  );
  watchUnknownCodes(
    metrics,
    staleWhileRevalidate(() => countUnknownCodes(context), COUNTED_MS, monotonic),
  );
  watchReceipts(
    metrics,
    shared(() => waitingReceipts(store)),
  );
  const senders = () => catalog.current().book.senders.map(({ number }) => number);
  watchDue(
    metrics,
    shared(() => oldestDue(store, senders(), now())),
    now,
  );
  return shared(() => oldestAtSound(store, senders(), now()));
}

/** Leaves out the senders that a person must resume: their own alarm reports what waits there. */
async function oldestAtSound(store: Store, senders: readonly string[], now: Date): Promise<OldestDue> {
  const stopped = await stoppedSenders(store);
  return oldestDue(
    store,
    senders.filter((number) => !stopped.includes(number)),
    now,
  );
}

/** Logs once when answers to people are not sent in time, and once when they are sent again. */
function alarmOfLateAnswers(
  { log, now }: Pick<AppContext, 'log' | 'now'>,
  oldest: () => Promise<OldestDue>,
): { stop: () => Promise<void> } {
  let told = false;
  const look = async (): Promise<boolean> => {
    const late = areAnswersLate((await oldest()).answers, now());
    if (late && !told)
      log.error({}, 'answers to people have waited for over 30 seconds; check that a worker runs');
    if (!late && told) log.info({}, 'answers to people are sent again');
    told = late;
    return false;
  };
  // A failed read is not logged here: other parts report that the database is away.
  return startPoller(look, { restMs: ALARM_LOOK_MS, onError: () => undefined });
}

async function jobHealth({ store }: Pick<AppContext, 'store'>): Promise<JobHealth[]> {
  const states = [...(await readJobs(store)).values()];
  return states.map(({ _id: job, paused, succeededAt, knownSince }) => ({
    job,
    paused: paused !== null,
    since: succeededAt ?? knownSince,
  }));
}

/** Accepts no more requests and lets those under way finish. Closes the connections that remain after `ms`. */
function closeServer(server: Server, ms: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that is busy now is kept alive after its answer. So check again until every connection is
    // closed.
    const timer = setInterval(() => server.closeIdleConnections(), 20);
    const giveUp = setTimeout(() => server.closeAllConnections(), ms);
    server.close(() => {
      clearInterval(timer);
      clearTimeout(giveUp);
      resolve();
    });
    server.closeIdleConnections();
  });
}
