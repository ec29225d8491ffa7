import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Counters of one process. No label ever holds a number, a text or an id. */
export type Metrics = {
  registry: Registry;
  inbound: Counter<'outcome'>;
  refused: Counter<'route'>;
  handOvers: Counter<'result'>;
  jobs: Counter<'job' | 'outcome'>;
  senderStops: Counter<'code'>;
  spoolWaiting: Gauge;
};

export function createMetrics(role: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    inbound: new Counter({
      name: 'assent_inbound_total',
      help: 'Inbound texts by outcome: recorded, spooled, unreadable.',
      labelNames: ['outcome'],
      registers,
    }),
    refused: new Counter({
      name: 'assent_unsigned_total',
      help: 'Carrier requests without a valid signature, by route.',
      labelNames: ['route'],
      registers,
    }),
    handOvers: new Counter({
      name: 'assent_hand_overs_total',
      help: 'Hand-overs to the carrier by result.',
      labelNames: ['result'],
      registers,
    }),
    jobs: new Counter({
      name: 'assent_job_runs_total',
      help: 'Runs of background jobs by outcome.',
      labelNames: ['job', 'outcome'],
      registers,
    }),
    senderStops: new Counter({
      name: 'assent_sender_stops_total',
      help: 'Senders stopped until a person resumes them, by error code.',
      labelNames: ['code'],
      registers,
    }),
    spoolWaiting: new Gauge({
      name: 'assent_spool_waiting',
      help: 'Texts in the spool of this process, waiting for the database.',
      registers,
    }),
  };
}
