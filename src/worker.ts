import type { Logger } from 'pino';
import { startCampaignWorker } from './campaigns/worker/scheduler.ts';
import type { Config } from './config.ts';
import type { AppContext } from './consent/app-context.ts';
import { fetchUncertain } from './consent/inbound/uncertain.ts';
import type { DisclosureRef } from './domain/consent/consent-state.ts';
import { findSender, programById } from './domain/program.ts';
import { type ClosedLanes, isMarketing, laneKind } from './domain/sending/lanes.ts';
import { createJobs } from './jobs/job-runner.ts';
import { JOBS } from './jobs/job-table.ts';
import { startJourneys } from './journeys/worker.ts';
import { type Clocks, openContextOnDatabaseTime } from './open-context.ts';
import { recordRefusal } from './receipts/record-receipt.ts';
import { startWorkerListener } from './running/http.ts';
import {
  createMetrics,
  inboundMetrics,
  initialiseJobCounters,
  type Metrics,
  sendingMetrics,
} from './running/metrics.ts';
import { allOf, createShutdown, type Shutdown } from './running/shutdown.ts';
import { reportAnswersOnly } from './sending/answers-only.ts';
import { createCircuitBreakers } from './sending/circuit-breaker.ts';
import { type DispatcherDeps, startDispatcher } from './sending/dispatcher.ts';
import { createDueWatcher } from './sending/due-watcher.ts';
import { errorOf, holdMarketingAfterOutage, holdMarketingWhileClockOff } from './sending/marketing-hold.ts';
import { watchPausedLanes } from './sending/paused-lanes.ts';
import { createCarrierBacklog, createRateLimiter } from './sending/rate-limiter.ts';
import { createTwilioClient, type TwilioClient } from './sending/twilio/client.ts';
import { startPoller } from './store/poller.ts';
import { withTimeLimit } from './store/transaction.ts';

type WorkerConfig = Config & { mongodbUri: string; database?: string };

/** Time between two checks of how far the machine's clock is off, ms. */
const CLOCK_LOOK_MS = 1000;

/** Time between two polls for uncertain texts that must be fetched from the carrier, ms. */
const UNCERTAIN_LOOK_MS = 500;

/** Starts a worker process: the dispatcher and the background jobs. */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  clocks: Clocks = {},
): Promise<{ stop: () => Promise<void> }> {
  const { context, carrier, metrics, halt, stop } = await startSending(config, log, clocks);
  const listener = await listenerOf(config, metrics).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  initialiseJobCounters(
    metrics,
    JOBS.map(({ name }) => name),
  );
  const jobs = createJobs({ context, carrier, planAgain: config.planAgain }, JOBS, (job, outcome) =>
    metrics.jobs.inc({ job, outcome }),
  );
  const answers = config.handOver === 'answers' ? startAnswersOnly(context, log) : null;
  const end = () => allOf([halt(), listener?.stop(), answers?.stop(), jobs.stop()]).finally(stop);
  await jobs.start().catch(async (error: unknown) => {
    // Throws the first error: the reason why the jobs did not start helps more than an error of this cleanup.
    await withTimeLimit(config.shutdownSeconds * 1000, end()).catch(() => undefined);
    throw error;
  });
  log.info({}, 'worker is ready');
  return { stop: end };
}

/** Says in the log and at the console that this worker sends only answers. */
function startAnswersOnly(context: Pick<AppContext, 'now' | 'store'>, log: Logger) {
  log.warn(
    {},
    'HAND_OVER=answers: this worker sends only answers; transactional messages and marketing stay planned',
  );
  return reportAnswersOnly(context, (error) =>
    log.error({ error }, 'HAND_OVER=answers could not be reported'),
  );
}

const listenerOf = async ({ workerPort }: Config, { registry }: Metrics) =>
  workerPort === undefined ? null : startWorkerListener(workerPort, registry);

/** The lanes from which nothing may be sent now. */
const closedNow = (handOver: Config['handOver'], held: () => boolean, closed: ClosedLanes): ClosedLanes => ({
  has: (lane) =>
    (handOver === 'answers' && laneKind(lane) !== 'answers') ||
    (isMarketing(lane) && held()) ||
    closed.has(lane),
});

/** A failed read is not logged here: other parts report that the database is away. */
const keepTime = (askTime: () => Promise<Date>) =>
  startPoller(() => askTime().then(() => false), { restMs: CLOCK_LOOK_MS, onError: () => undefined });

export type Sending = { context: AppContext; carrier: TwilioClient; metrics: Metrics } & Shutdown;

/**
 * Reads programs, senders and promised frequencies from the catalog at each call, so that a change counts at once.
 */
const publishedBy = ({ catalog }: Pick<AppContext, 'catalog'>) => ({
  sender: (number: string) => findSender(catalog.current().book, number),
  program: (id: string) => programById(catalog.current().book, id),
  promised: (id: string, shown: DisclosureRef) => catalog.current().promised(id, shown),
  atLeast: catalog.atLeast,
});

/** Fetches texts whose forms are uncertain from the carrier. */
const startVerifying = (
  context: AppContext,
  { fetchInbound }: TwilioClient,
  onError: (error: unknown, line: string) => void,
) =>
  startPoller(() => fetchUncertain(context, fetchInbound), {
    restMs: UNCERTAIN_LOOK_MS,
    onError: (error) => onError(error, 'uncertain texts could not be looked up; the next run looks them up'),
  });

const NOT_ANNOUNCED = 'the change stream of planned deliveries failed; workers find them by polling';

/**
 * Starts everything in a worker that is no background job: it plans campaigns, runs journeys, and sends due
 * deliveries.
 */
export async function startSending(config: WorkerConfig, log: Logger, clocks: Clocks = {}): Promise<Sending> {
  const metrics = createMetrics('worker');
  const { context: opened, close, ...timed } = await openContextOnDatabaseTime(config, log, clocks);
  const context: AppContext = { ...opened, ...inboundMetrics(metrics) };
  const circuits = createCircuitBreakers({ ...context, log });
  const published = publishedBy(context);
  const countryOf = (number: string) => published.sender(number)?.country ?? null;
  const { publicUrl, handOver } = config;
  const onNews = circuits.note;
  const carrier = createTwilioClient({ ...config.twilio, publicUrl, countryOf, onNews, now: context.now });
  const onError = (error: unknown, line: string): void => log.error({ error }, line);
  const pace = createRateLimiter({ ...context, clock: timed.clock, backlog: createCarrierBacklog(context) });
  const hold = holdMarketingAfterOutage(context);
  const clock =
    clocks.now === undefined ? holdMarketingWhileClockOff({ log, wall: timed.wall }, timed.clock) : null;
  const held = (): boolean => hold.holds() || clock?.holds() === true;
  const closed = await watchPausedLanes(context, onError);
  const time = keepTime(timed.askTime);
  const flight = startCampaignWorker(context, onError);
  const journeys = startJourneys(context, onError);
  const verifying = startVerifying(context, carrier, onError);
  const deps: DispatcherDeps = {
    ...context,
    ...published,
    carrier,
    allowance: circuits.allowance,
    closed: () => closedNow(handOver, held, closed),
    closedKnown: closed.known,
    pace,
    clockError: clocks.now === undefined ? errorOf(context.now, timed.clock) : () => 0,
    onRefused: (row, code, record) => recordRefusal(context, row, code, record),
    ...sendingMetrics(metrics),
    onError,
  };
  const wake = createDueWatcher(context, (error) => onError(error, NOT_ANNOUNCED));
  const dispatcher = startDispatcher(deps, () => context.catalog.current().book.senders, wake);
  const needed = [closed.stop, hold.stop, time.stop, carrier.close, circuits.drain, close];
  return { context, carrier, metrics, ...createShutdown([dispatcher, flight, journeys, verifying], needed) };
}
