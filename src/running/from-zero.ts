import { STOP_CODES } from '../domain/carrier-trouble.ts';
import { ALARM_KINDS } from '../domain/words/word-files.ts';
import type { HandOver } from '../sending/gate.ts';
import type { Metrics } from './metrics.ts';

const TEXTS = ['recorded', 'repeated', 'spooled', 'refused', 'uncertain', 'unreadable'];
const ROUTES = ['inbound', 'status'];
const RESULTS: Record<HandOver['result'], 0> = {
  accepted: 0,
  unknown: 0,
  refused: 0,
  'put-back': 0,
};

/**
 * Tells every series that is known beforehand as 0. One that appears with its first count, as 1, shows no growth to Prometheus,
 * whose increase() looks at series that were there before.
 */
export function countFromZero({ inbound, alarms, refused, handOvers, senderStops }: Metrics): void {
  for (const outcome of TEXTS) inbound.inc({ outcome }, 0);
  for (const kind of ALARM_KINDS) alarms.inc({ kind }, 0);
  for (const route of ROUTES) refused.inc({ route }, 0);
  for (const result of Object.keys(RESULTS)) handOvers.inc({ result }, 0);
  for (const code of STOP_CODES) senderStops.inc({ code }, 0);
}

/** The same of the jobs that this process runs. */
export function countJobsFromZero({ jobs }: Metrics, names: readonly string[]): void {
  for (const job of names) for (const outcome of ['done', 'failed']) jobs.inc({ job, outcome }, 0);
}
