import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Job } from '../../../src/jobs/job.ts';
import { ROOT } from '../../../src/open-desk.ts';
import type { RunOnce } from '../../month/run-jobs.ts';
import type { Stage } from '../../month/stage.ts';
import { type Children, messageOf } from '../../rig/children.ts';
import type { Draw } from '../../seed/audience/drawing.ts';
import type { Order, Ran, Ready } from './jobs-process.ts';

/** Of the runs, those that are broken off; and the longest time into a run at which they are, ms. */
const SHARE = 0.15;
const LONGEST_MS = 60;

export type Killing = { runOnce: RunOnce; kills: () => number; end: () => Promise<void> };

type Setting = { children: Children; env: NodeJS.ProcessEnv; database: string; draw: Draw };

/** Runs jobs in a process that is killed (kill -9) in the middle of some runs; each of these is then run again, whole. */
export function createKilling({ children, env, database, draw }: Setting): Killing {
  let child: ChildProcess | null = null;
  let kills = 0;
  const alive = async (): Promise<ChildProcess> => {
    if (child !== null) return child;
    child = children.start(join(ROOT, 'scripts', 'crash', 'month', 'jobs-process.ts'), {
      ...{ args: [database], env },
      execArgv: ['--import', 'tsx'],
    });
    await messageOf<Ready>(child, 'ready');
    return child;
  };
  const run = async (stage: Stage, job: Job, killAfter: number | null): Promise<Ran | null> => {
    const own = await alive();
    const ran = messageOf<Ran>(own, 'ran').catch(() => null);
    own.send({ kind: 'run', job: job.name, now: stage.clock.now().toISOString() } satisfies Order);
    const timer = killAfter === null ? undefined : setTimeout(() => own.kill('SIGKILL'), killAfter);
    const answer = await ran;
    clearTimeout(timer);
    return answer;
  };
  return {
    kills: () => kills,
    end: async () => {
      if (child !== null) await children.end(child, 'SIGKILL');
    },
    runOnce: async (stage, job) => {
      const first = await run(stage, job, draw() < SHARE ? draw() * LONGEST_MS : null);
      if (first !== null) return first.counts;
      kills += 1;
      child = null;
      await freeLease(stage, job.name);
      return (await run(stage, job, null))?.counts ?? null;
    },
  };
}

/** As if its time were over: the month does not wait a minute of real time for each. */
async function freeLease({ desk }: Stage, job: string): Promise<void> {
  await desk.store.jobStates.updateOne({ _id: job }, { $set: { leaseUntil: new Date(0) } });
}
