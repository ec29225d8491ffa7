import { Cron } from 'croner';
import { intervalMs } from '../../src/domain/durations.ts';
import type { Schedule } from '../../src/jobs/job-runner.ts';

/** The most starts that are counted. A job that is due this often runs until nothing is left to do. */
const MOST = 1000;

/** Counts how often a job would have started after one time and up to another. Throws if its interval has an unknown form. */
export function startsBetween(schedule: Schedule, after: Date, until: Date): number {
  if ('cron' in schedule) return cronStarts(schedule, after, until);
  const ms = intervalMs(schedule.every);
  return Math.min(MOST, Math.floor((until.getTime() - after.getTime()) / ms));
}

function cronStarts({ cron, zone }: { cron: string; zone: string }, after: Date, until: Date): number {
  const times = new Cron(cron, { timezone: zone, paused: true });
  let starts = 0;
  for (let next = times.nextRun(after); next !== null && next <= until && starts < MOST; starts += 1) {
    next = times.nextRun(next);
  }
  return starts;
}
