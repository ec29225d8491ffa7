import type { Logger } from 'pino';
import { watchClosedLanes } from './campaigns/flight/closed-lanes.ts';
import { startFlight } from './campaigns/flight/fly.ts';
import { startJourneys } from './campaigns/journeys/drive.ts';
import { startLooking } from './campaigns/looking.ts';
import type { Config } from './config.ts';
import type { Desk } from './consent/desk.ts';
import { fetchUncertain } from './consent/inbound/uncertain.ts';
import type { DisclosureRef } from './domain/consent/person.ts';
import { findSender, programById } from './domain/program.ts';
import { type ClosedLanes, isMarketing, laneKind } from './domain/sending/lanes.ts';
import { createJobs } from './jobs/jobs.ts';
import { JOBS } from './jobs/table.ts';
import { type Clocks, openByDatabaseTime } from './open-desk.ts';
import { recordRefusal } from './receipts/record-refusal.ts';
import { allOf, type Ending, endingOf } from './running/ending.ts';
import { countJobsFromZero } from './running/from-zero.ts';
import { createMetrics, type Metrics, tellOfSending, tellOfUse } from './running/metrics.ts';
import { startWorkerListener } from './running/worker-listener.ts';
import { type Carrier, createCarrier } from './sending/carrier/carrier.ts';
import { createCircuits } from './sending/circuit.ts';
import { errorOf, holdWhileOff } from './sending/clock-hold.ts';
import { holdAfterLoss } from './sending/hold-after-loss.ts';
import { createBacklog } from './sending/pacing/backlog.ts';
import { createPace } from './sending/pacing/pace.ts';
import { type DispatcherDeps, startDispatcher } from './sending/serve.ts';
import { createWake } from './sending/wake.ts';
import { inTime } from './store/in-time.ts';

type WorkerConfig = Config & { mongodbUri: string; database?: string };

/** Between two looks at how far the machine's clock is off, ms. */
const CLOCK_LOOK_MS = 1000;

/** Between two looks for texts that the carrier is to be asked for, ms. */
const UNCERTAIN_LOOK_MS = 500;

/** Starts a worker process: the dispatcher's loop and the background jobs. */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  clocks: Clocks = {},
): Promise<{ stop: () => Promise<void> }> {
  const { desk, carrier, metrics, halt, stop } = await startSending(config, log, clocks);
  const listener = await listenerOf(config, metrics).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  countJobsFromZero(
    metrics,
    JOBS.map(({ name }) => name),
  );
  const jobs = createJobs({ desk, carrier, planAgain: config.planAgain }, JOBS, (job, outcome) =>
    metrics.jobs.inc({ job, outcome }),
  );
  const end = () => allOf([halt(), listener?.stop(), jobs.stop()]).finally(stop);
  await jobs.start().catch(async (error: unknown) => {
    // Why they did not says more than what could not be ended then.
    await inTime(config.shutdownSeconds * 1000, end()).catch(() => undefined);
    throw error;
  });
  if (config.handOver === 'answers')
    log.warn({}, 'HAND_OVER=answers: what was ordered or is offered stays planned');
  log.info({}, 'worker is ready');
  return { stop: end };
}

const listenerOf = async ({ workerPort }: Config, { registry }: Metrics) =>
  workerPort === undefined ? null : startWorkerListener(workerPort, registry);

/** Nothing of these lanes is begun now. */
const closedNow = (handOver: Config['handOver'], held: () => boolean, closed: ClosedLanes): ClosedLanes => ({
  has: (lane) =>
    (handOver === 'answers' && laneKind(lane) !== 'answers') ||
    (isMarketing(lane) && held()) ||
    closed.has(lane),
});

/** What looks fail of is told by whatever else needs the database. */
const keepTime = (askTime: () => Promise<Date>) =>
  startLooking(() => askTime().then(() => false), { restMs: CLOCK_LOOK_MS, onError: () => undefined });

export type Sending = { desk: Desk; carrier: Carrier; metrics: Metrics } & Ending;

/** Programs, senders and what was promised, as the catalog has them at each asking. */
const publishedBy = ({ catalog }: Desk) => ({
  sender: (number: string) => findSender(catalog.current().book, number),
  program: (id: string) => programById(catalog.current().book, id),
  promised: (id: string, shown: DisclosureRef) => catalog.current().promised(id, shown),
  atLeast: catalog.atLeast,
});

/** Asks the carrier for texts whose forms are uncertain. */
const startVerifying = (
  desk: Desk,
  { fetchInbound }: Carrier,
  onError: (error: unknown, line: string) => void,
) =>
  startLooking(() => fetchUncertain(desk, fetchInbound), {
    restMs: UNCERTAIN_LOOK_MS,
    onError: (error) => onError(error, 'uncertain texts were not asked for'),
  });

/** What of a worker is no job: it plans campaigns, leads journeys, and hands over what is due. */
export async function startSending(config: WorkerConfig, log: Logger, clocks: Clocks = {}): Promise<Sending> {
  const metrics = createMetrics('worker');
  const { desk: opened, close, askTime, wall } = await openByDatabaseTime(config, log, clocks);
  const desk: Desk = { ...opened, ...tellOfUse(metrics) };
  const circuits = createCircuits({ ...desk, log });
  const published = publishedBy(desk);
  const countryOf = (number: string) => published.sender(number)?.country ?? null;
  const { publicUrl, handOver } = config;
  const onNews = circuits.note;
  const carrier = createCarrier({ ...config.twilio, publicUrl, countryOf, onNews, now: desk.now });
  const onError = (error: unknown, line: string): void => log.error({ error }, line);
  const pace = createPace({ ...desk, backlog: createBacklog(desk) });
  const hold = holdAfterLoss(desk);
  const clock = clocks.now === undefined ? holdWhileOff({ ...desk, now: wall }, pace) : null;
  const held = (): boolean => hold.holds() || clock?.holds() === true;
  const closed = await watchClosedLanes(desk, onError);
  const time = keepTime(askTime);
  const flight = startFlight(desk, onError);
  const journeys = startJourneys(desk, onError);
  const verifying = startVerifying(desk, carrier, onError);
  const deps: DispatcherDeps = {
    ...desk,
    ...published,
    carrier,
    allowance: circuits.allowance,
    closed: () => closedNow(handOver, held, closed),
    closedKnown: closed.known,
    pace,
    clockError: clocks.now === undefined ? errorOf(desk.now, pace) : () => 0,
    onRefused: (row, code, record) => recordRefusal(desk, row, code, record),
    ...tellOfSending(metrics),
    onError,
  };
  const wake = createWake(desk, (error) => onError(error, 'planned rows are not announced'));
  const dispatcher = startDispatcher(deps, () => desk.catalog.current().book.senders, wake);
  const needed = [closed.stop, hold.stop, time.stop, carrier.close, circuits.drain, close];
  return { desk, carrier, metrics, ...endingOf([dispatcher, flight, journeys, verifying], needed) };
}
