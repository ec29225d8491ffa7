import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../src/config.ts';
import type { Job } from '../../../src/jobs/job-runner.ts';
import { inThisProcess, type RunOnce } from '../../month/run-jobs.ts';
import type { MonthStage } from '../../month/stage.ts';
import { type Children, messageOf } from '../../rig/children.ts';
import type { Draw } from '../../seed/audience/drawing.ts';
import { type Kill, type Kills, killAfter, type Run, type Runs, stopOf } from './kill-times.ts';

/** An order to run one job at a moment of the month. */
export type JobOrder = { kind: 'run'; job: string; now: string };

/** Messages of the process: it is ready, or a job ran with these counts (null when it failed). */
export type JobsProcessReady = { kind: 'ready' };

export type Ran = { kind: 'ran'; counts: Record<string, number> | null };

/** Runs jobs in this process, and says how long each run took. */
export function createTiming(): { runOnce: RunOnce; runs: Runs } {
  const runs = new Map<string, Run[]>();
  return {
    runs,
    runOnce: async (stage, job) => {
      const began = performance.now();
      const stop = stopOf(job.name, stage.clock.now());
      const counts = await inThisProcess(stage, job);
      append(runs, stop, { ms: performance.now() - began, busy: hasWorked(counts) });
      return counts;
    },
  };
}

const hasWorked = (counts: Record<string, number> | null): boolean =>
  counts !== null && Object.values(counts).some((count) => count > 0);

export type Killing = { runOnce: RunOnce; kills: Kills; end: () => Promise<void> };

/** `runs`: the runs of an undisturbed month, so that a run can be killed at any moment of it. */
type Setting = { children: Children; env: NodeJS.ProcessEnv; database: string; draw: Draw; runs: Runs };

/** Runs jobs in a process that is killed (SIGKILL) in the middle of some runs. Each killed run is then repeated in full. */
export function createKilling({ children, env, database, draw, runs }: Setting): Killing {
  let child: ChildProcess | null = null;
  const kills = new Map<string, Kill[]>();
  const begun = new Map<string, number>();
  const run = async (stage: MonthStage, job: Job, killAfterMs: number | null): Promise<Ran | null> => {
    child ??= await startJobs(children, env, database);
    const own = child;
    const ran = messageOf<Ran>(own, 'ran').catch(() => null);
    own.send({ kind: 'run', job: job.name, now: stage.clock.now().toISOString() } satisfies JobOrder);
    const timer = killAfterMs === null ? undefined : setTimeout(() => own.kill('SIGKILL'), killAfterMs);
    const answer = await ran;
    clearTimeout(timer);
    return answer;
  };
  return {
    kills,
    end: async () => {
      if (child !== null) await children.end(child, 'SIGKILL');
    },
    runOnce: async (stage, job) => {
      const stop = stopOf(job.name, stage.clock.now());
      const nth = begun.get(stop) ?? 0;
      begun.set(stop, nth + 1);
      const after = killAfter(runs.get(stop)?.[nth], kills.get(job.name) ?? [], draw);
      const first = await run(stage, job, after);
      if (first !== null) return first.counts;
      if (after === null) throw new Error(`the process of the jobs ended by itself during ${job.name}`);
      child = null;
      await freeLease(stage, job.name);
      const again = (await run(stage, job, null))?.counts ?? null;
      append(kills, job.name, { busy: hasWorked(again) });
      return again;
    },
  };
}

async function startJobs(
  children: Children,
  env: NodeJS.ProcessEnv,
  database: string,
): Promise<ChildProcess> {
  const file = join(ROOT, 'scripts', 'crash', 'month', 'jobs-process.ts');
  const child = children.start(file, { args: [database], env, execArgv: ['--import', 'tsx'] });
  await messageOf<JobsProcessReady>(child, 'ready');
  return child;
}

function append<T>(to: Map<string, T[]>, key: string, value: T): void {
  to.set(key, [...(to.get(key) ?? []), value]);
}

/** Ends the lease of a job at once, because the month does not wait a real minute for it. */
async function freeLease({ context }: MonthStage, job: string): Promise<void> {
  await context.store.jobStates.updateOne({ _id: job }, { $set: { leaseUntil: new Date(0) } });
}
