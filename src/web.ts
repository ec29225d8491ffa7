import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createApi } from './api/http/server.ts';
import { type Config, ROOT } from './config.ts';
import type { AppContext } from './consent/app-context.ts';
import { createInboundAcceptor } from './consent/inbound/handle-inbound.ts';
import { openSpool, type Spool } from './consent/inbound/spool.ts';
import { startSpoolReplay } from './consent/inbound/spool-replay.ts';
import { readTemplates } from './consent/programs/catalog.ts';
import { HOUR_MS } from './domain/durations.ts';
import { createListener } from './http-app.ts';
import { type Clocks, openContextOnDatabaseTime } from './open-context.ts';
import { countUnknownCodes } from './receipts/unknown-codes.ts';
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

export type Running = { port: number; stop: () => Promise<void> };

/** For heads and bodies that trickle in, ms; looked at every `connectionsCheckingInterval`. */
const TIME_OUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
} as const;

/** Requests under way may take so long to end once the process is told to, ms: an opt-out takes at most ten seconds. */
const DRAIN_MS = 10_000;

/** Of the seconds a process may take to end, the share for requests under way; the rest is for what they left to write. */
const DRAIN_SHARE = 0.5;

/** Texts that may wait in the spool of a process that calls itself ready. */
const MOST_SPOOLED = 10_000;

/** How long a look at the spool's disk is good for more questions, ms: anyone who reaches `/readyz` may ask. */
const WRITABLE_MS = 1000;

/** How long what the database said is good for more scrapes, ms: anyone who reaches `/metrics` may scrape it. */
const METRICS_MS = 5000;
/** Between two looks at how long answers to people wait, ms. */
const ALARM_LOOK_MS = 10_000;
/** What counts over weeks of failures is read less often, and no scrape waits for it, ms. */
const COUNTED_MS = 60_000;

/** Starts a web process: carrier routes, API, operator routes, spool. What started is unwound where a later step fails. */
export async function startWeb(
  config: Config & { mongodbUri: string; database?: string },
  log: Logger,
  clocks: Clocks = {},
): Promise<Running> {
  const metrics = createMetrics('web');
  const { desk: opened, close, askTime, wall } = await openContextOnDatabaseTime(config, log, clocks);
  const desk: AppContext = { ...opened, ...inboundMetrics(metrics) };
  const oldest = watchInstallation(metrics, desk);
  let closeSpool = async (): Promise<void> => undefined;
  try {
    const { spool, ...spooling } = await startSpool(desk, config, { metrics, askTime });
    closeSpool = spooling.stop;
    const listener = createListener({
      desk,
      publicUrl: config.publicUrl,
      account: config.twilio,
      takeIn: createInboundAcceptor(desk, spool, (outcome) => metrics.inbound.inc({ outcome })),
      metrics,
      log,
      parts: partsOf(desk, { spool, wall, oldest }),
      now: desk.now,
      api: createApi(desk, { templates: await readTemplates(ROOT) }),
    });
    const server = createServer(TIME_OUTS, listener);
    const port = await listen(server, config.port, 'PORT');
    log.info({ port }, 'web is ready');
    const alarm = alarmOfLateAnswers(desk, oldest);
    return {
      port,
      stop: async () => {
        await closeServer(server, Math.min(DRAIN_MS, config.shutdownSeconds * 1000 * DRAIN_SHARE));
        await Promise.all([alarm.stop(), closeSpool()]);
        await close();
      },
    };
  } catch (error) {
    await closeSpool();
    await close();
    throw error;
  }
}

type Looked = { spool: Spool; wall: () => Date; oldest: () => Promise<OldestDue> };

/** What has to work before the process calls itself ready. */
const partsOf = ({ store, monotonic, now }: AppContext, { spool, wall, oldest }: Looked): HealthPart[] => [
  databasePart(store),
  clockPart(store, wall),
  spoolPart(spool, monotonic),
  answersPart(async () => (await oldest()).answers, now),
];

type Spooling = { metrics: Metrics; askTime: () => Promise<Date> };

/** The lock comes first: what lies in the folder is then nobody else's. */
async function startSpool(
  desk: AppContext,
  { dataDir, keyRing }: Pick<Config, 'dataDir' | 'keyRing'>,
  { metrics, askTime }: Spooling,
) {
  const dir = join(dataDir, 'spool');
  const { holds, release } = await lockSpool(dir, desk.log);
  const spool = await openSpool(dir, keyRing, holds).catch((error: unknown) => {
    release();
    throw error;
  });
  await sayIfFull(spool, desk.log);
  const look = () => metrics.spoolWaiting.set(spool.waiting());
  const replaying = startSpoolReplay(desk, spool, dir, { look, askTime });
  const stop = async (): Promise<void> => {
    await replaying.stop();
    await spool.close();
    release();
  };
  return { spool, stop };
}

async function sayIfFull(spool: Spool, log: AppContext['log']): Promise<void> {
  if (await spool.isWritable()) return;
  log.error({}, 'the disk of the spool is full: texts that come while the database is away are refused');
}

function spoolPart(spool: Spool, monotonic: () => number): HealthPart {
  const writable = cachedRead(spool.isWritable, WRITABLE_MS, monotonic);
  return { name: 'spool', ready: async () => spool.waiting() < MOST_SPOOLED && (await writable()) };
}

/** What the database knows of all processes, told by each web process. Answers with the read of what has been due longest at numbers that send. */
function watchInstallation(metrics: Metrics, desk: AppContext): () => Promise<OldestDue> {
  const { store, catalog, now, monotonic } = desk;
  const shared = <T>(read: () => Promise<T>) => cachedRead(read, METRICS_MS, monotonic);
  watchJobs(
    metrics,
    shared(() => jobHealth(desk)),
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
    staleWhileRevalidate(() => countUnknownCodes(desk), COUNTED_MS, monotonic),
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

/** What waits at a number that a person has to resume is told of there. */
async function oldestAtSound(store: Store, senders: readonly string[], now: Date): Promise<OldestDue> {
  const stopped = await stoppedSenders(store);
  return oldestDue(
    store,
    senders.filter((number) => !stopped.includes(number)),
    now,
  );
}

/** Says once that answers to people do not leave, and once that they do again. */
function alarmOfLateAnswers(
  { log, now }: AppContext,
  oldest: () => Promise<OldestDue>,
): { stop: () => Promise<void> } {
  let told = false;
  const look = async (): Promise<boolean> => {
    const late = areAnswersLate((await oldest()).answers, now());
    if (late && !told)
      log.error({}, 'answers to people have waited for over 30 seconds: see that a worker runs');
    if (!late && told) log.info({}, 'answers to people leave again');
    told = late;
    return false;
  };
  // A database that cannot be asked is told of by whatever else needs it.
  return startPoller(look, { restMs: ALARM_LOOK_MS, onError: () => undefined });
}

async function jobHealth({ store }: AppContext): Promise<JobHealth[]> {
  const states = [...(await readJobs(store)).values()];
  return states.map(({ _id: job, paused, succeededAt, knownSince }) => ({
    job,
    paused: paused !== null,
    since: succeededAt ?? knownSince,
  }));
}

/** Stops taking requests and lets those under way finish; cuts off what has not after so many ms. */
function closeServer(server: Server, ms: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that was busy at the first look is kept alive after its answer, so look until all are gone.
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
