import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AppContext } from '../consent/app-context.ts';
import { STOP_CODES } from '../domain/carrier-trouble.ts';
import { LANE_KINDS } from '../domain/sending/lanes.ts';
import { ALARM_KINDS } from '../domain/words/word-files.ts';
import type { DispatchDeps } from '../sending/claim-batch.ts';
import type { HandOver } from '../sending/gate.ts';
import type { OldestDue } from '../store/deliveries/queue.ts';

/** Counters of one process. No label ever holds a number, a text or an id. */
export type Metrics = {
  registry: Registry;
  inbound: Counter<'outcome'>;
  alarms: Counter<'kind'>;
  refused: Counter<'route'>;
  receiptsRefused: Counter;
  handOvers: Counter<'result'>;
  jobs: Counter<'job' | 'outcome'>;
  senderStops: Counter<'code'>;
  uncounted: Counter;
  spoolWaiting: Gauge;
};

/** What the metrics report of a background job, over all processes. */
export type JobHealth = {
  job: string;
  paused: boolean;
  /** When the job last succeeded. When it never has, since when this installation knows the job. */
  since: Date;
};

export function createMetrics(role: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const metrics: Metrics = {
    registry,
    inbound: new Counter({
      name: 'assent_inbound_total',
      help: 'Inbound texts by outcome: recorded (each once), repeated, spooled (recorded later), refused, uncertain (the carrier is asked) or unreadable.',
      labelNames: ['outcome'],
      registers,
    }),
    alarms: new Counter({
      name: 'assent_alarms_total',
      help: 'Inbound texts that need a person at once, by kind: harm, legal or abuse.',
      labelNames: ['kind'],
      registers,
    }),
    ...refusals(registers),
    jobs: new Counter({
      name: 'assent_job_runs_total',
      help: 'Runs of background jobs by outcome.',
      labelNames: ['job', 'outcome'],
      registers,
    }),
    ...sendingCounters(registers),
    spoolWaiting: new Gauge({
      name: 'assent_spool_waiting',
      help: 'Inbound texts in the spool of this process and of dead processes that wait to be recorded.',
      registers,
    }),
  };
  initialiseCounters(metrics);
  return metrics;
}

/** Counters of carrier requests that were refused. */
const refusals = (registers: Registry[]): Pick<Metrics, 'refused' | 'receiptsRefused'> => ({
  refused: new Counter({
    name: 'assent_unsigned_total',
    help: 'Carrier requests without a valid signature, by route.',
    labelNames: ['route'],
    registers,
  }),
  receiptsRefused: new Counter({
    name: 'assent_receipts_refused_total',
    help: 'Delivery reports that could not be recorded, so that the carrier got a 503 and must repeat them.',
    registers,
  }),
});

/** Counters of messages on their way to the carrier. */
const sendingCounters = (
  registers: Registry[],
): Pick<Metrics, 'handOvers' | 'senderStops' | 'uncounted'> => ({
  handOvers: new Counter({
    name: 'assent_hand_overs_total',
    help: 'Create calls to the carrier by result.',
    labelNames: ['result'],
    registers,
  }),
  senderStops: new Counter({
    name: 'assent_sender_stops_total',
    help: 'Senders that were stopped until a person resumes them, by error code.',
    labelNames: ['code'],
    registers,
  }),
  uncounted: new Counter({
    name: 'assent_uncounted_segments_total',
    help: "Message parts that could not be counted against a brand's daily cap, because the carrier of the person's number is unknown.",
    registers,
  }),
});

/** The callbacks by which the dispatcher reports the messages that this process sends. */
export function sendingMetrics(metrics: Metrics): Pick<DispatchDeps, 'onOutcome' | 'onUncounted'> {
  return {
    onOutcome: ({ result }) => metrics.handOvers.inc({ result }),
    onUncounted: (parts) => metrics.uncounted.inc(parts),
  };
}

/** The callbacks by which use cases report the texts and delivery reports that this process takes in. */
export function inboundMetrics(metrics: Metrics): Pick<AppContext, 'onAlarm' | 'onText' | 'onStop'> {
  const { alarms, inbound, senderStops } = metrics;
  return {
    onAlarm: (kind) => alarms.inc({ kind }),
    onText: (outcome) => inbound.inc({ outcome }),
    onStop: (code) => senderStops.inc({ code }),
  };
}

/** Adds the state of the background jobs, which `read` returns at each scrape. */
export function watchJobs({ registry }: Metrics, read: () => Promise<JobHealth[]>, now: () => Date): void {
  let known: JobHealth[] = [];
  // While the database is away, the metrics report the last known state, so that the other metrics are still
  // served.
  const look = async (): Promise<JobHealth[]> => {
    known = await read().catch(() => known);
    return known;
  };
  const add = (name: string, help: string, figure: (jobHealth: JobHealth) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['job'] as const,
      registers: [registry],
      async collect() {
        for (const jobHealth of await look()) this.set({ job: jobHealth.job }, figure(jobHealth));
      },
    });
  };
  add('assent_job_paused', 'Whether a background job is paused: 1 or 0.', (jobHealth) =>
    jobHealth.paused ? 1 : 0,
  );
  add(
    'assent_job_last_success_age_seconds',
    'Seconds since a background job last completed, or since it was first scheduled if it never has.',
    ({ since }) => (now().getTime() - since.getTime()) / 1000,
  );
}

/**
 * Adds a gauge of the whole installation, which `read` returns at each scrape. The gauge is absent until there is a
 * figure.
 */
function watch(registry: Registry, name: string, help: string, read: () => Promise<number | null>): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      // Without the database the other metrics are still served.
      const figure = await read().catch(() => null);
      if (figure !== null) this.set(figure);
    },
  });
  // Without this the gauge would be reported as 0.
  gauge.remove();
}

/** Adds the number of list-quality rules that fail. */
export function watchQuality({ registry }: Metrics, read: () => Promise<number>): void {
  const help = 'Open list-quality alarms of all programs and sources.';
  watch(registry, 'assent_quality_alarms', help, read);
}

/** Adds the number of senders and networks that fail as a whole. */
export function watchIncidents({ registry }: Metrics, read: () => Promise<number>): void {
  const help = 'Senders and networks that failed as a whole in the last four hours.';
  watch(registry, 'assent_incidents_open', help, read);
}

/** Adds the number of error codes that a person must classify. */
export function watchUnknownCodes({ registry }: Metrics, read: () => Promise<number | null>): void {
  const help = 'Error codes of the last 90 days that are not in the table and that nobody has classified.';
  watch(registry, 'assent_unknown_codes', help, read);
}

/** Adds the number of delivery reports that wait for their delivery. */
export function watchReceipts({ registry }: Metrics, read: () => Promise<number>): void {
  const help = 'Delivery reports that wait for their delivery, or for the end of its current attempt.';
  watch(registry, 'assent_receipts_waiting', help, read);
}

/** Adds the number of delivery reports that ended without a delivery. */
export function watchOrphans({ registry }: Metrics, read: () => Promise<number>): void {
  const help = 'Delivery reports of the last 30 days that match no delivery.';
  watch(registry, 'assent_orphan_receipts', help, read);
}

/** Adds how long the oldest due deliveries have waited for a worker. */
export function watchDue({ registry }: Metrics, read: () => Promise<OldestDue>, now: () => Date): void {
  new Gauge({
    name: 'assent_oldest_due_seconds',
    help: 'Seconds for which the oldest planned message has been due, by kind: answers, orders or offers.',
    labelNames: ['for'] as const,
    registers: [registry],
    async collect() {
      const oldest = await read().catch(() => null);
      if (oldest === null) return;
      for (const kind of LANE_KINDS) {
        const since = oldest[kind]?.getTime() ?? now().getTime();
        this.set({ for: kind }, Math.max(0, now().getTime() - since) / 1000);
      }
    },
  });
}

const TEXTS = ['recorded', 'repeated', 'spooled', 'refused', 'uncertain', 'unreadable'];
const ROUTES = ['inbound', 'status'];
const RESULTS: Record<HandOver['result'], 0> = {
  accepted: 0,
  unknown: 0,
  refused: 0,
  'put-back': 0,
};

/**
 * Reports every series that is known beforehand as 0. A series that first appears with its first count, as 1, shows
 * no growth in Prometheus, whose increase() needs an earlier sample.
 */
function initialiseCounters({ inbound, alarms, refused, handOvers, senderStops }: Metrics): void {
  for (const outcome of TEXTS) inbound.inc({ outcome }, 0);
  for (const kind of ALARM_KINDS) alarms.inc({ kind }, 0);
  for (const route of ROUTES) refused.inc({ route }, 0);
  for (const result of Object.keys(RESULTS)) handOvers.inc({ result }, 0);
  for (const code of STOP_CODES) senderStops.inc({ code }, 0);
}

/** The same for the jobs that this process runs. */
export function initialiseJobCounters({ jobs }: Metrics, names: readonly string[]): void {
  for (const job of names) for (const outcome of ['done', 'failed']) jobs.inc({ job, outcome }, 0);
}
