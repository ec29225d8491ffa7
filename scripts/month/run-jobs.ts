import { AT_LEAST_ONCE } from '../../src/domain/sending/unknown-outcome.ts';
import type { Job } from '../../src/jobs/job-runner.ts';
import { runJob } from '../../src/jobs/job-runner.ts';
import { beginJobs } from '../../src/store/jobs.ts';
import type { RunJobs } from './day.ts';
import { startsBetween } from './schedule.ts';
import type { MonthStage } from './stage.ts';

/** A job is run again while it finds something to do, as often as it would have been by its schedule; at most so often. */
const MOST_RUNS = 50;

/** What one run counted; null where it did not come to its end. */
export type RunOnce = (stage: MonthStage, job: Job) => Promise<Record<string, number> | null>;

/** Runs the jobs of a table in its order, each whose time has come since it ran last. `start`: of the month. */
export function createJobRunner(
  table: readonly Job[],
  start: Date,
  runOnce: RunOnce = inThisProcess,
): RunJobs {
  const last = new Map<string, Date>();
  const names = table.map(({ name }) => name);
  return async (stage) => {
    await beginJobs(stage.context.store, names);
    const counted = new Map<string, number>();
    for (const job of table) {
      const now = stage.context.now();
      const starts = Math.min(MOST_RUNS, startsBetween(job.schedule, last.get(job.name) ?? start, now));
      if (starts > 0) last.set(job.name, now);
      for (let run = 0; run < starts; run += 1) {
        const counts = await runOnce(stage, job);
        add(counted, job.name, counts ?? { failed: 1 });
        if (counts === null || Object.values(counts).every((count) => count === 0)) break;
      }
    }
    return counted;
  };
}

export const inThisProcess: RunOnce = async ({ context, carrier }, job) => {
  const run = await runJob(job, { context, carrier, planAgain: AT_LEAST_ONCE });
  return run?.outcome === 'done' ? run.counts : null;
};

function add(counted: Map<string, number>, job: string, counts: Record<string, number>): void {
  for (const [what, count] of Object.entries(counts)) {
    const name = `${job} ${what}`;
    if (count > 0) counted.set(name, (counted.get(name) ?? 0) + count);
  }
}
