import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createJobs } from './jobs/jobs.ts';
import { jobTable } from './jobs/table.ts';
import { openDesk } from './open-desk.ts';
import { createMetrics } from './running/metrics.ts';
import { createCarrier } from './sending/carrier.ts';
import { dispatchOnce } from './sending/dispatch.ts';

/** Between two looks at an empty queue, ms. */
const IDLE_MS = 200;

/** After a round that failed, ms. */
const FAILED_MS = 1000;

/** Starts a worker process: the dispatcher's loop and the background jobs. */
export async function startWorker(
  config: Config & { mongodbUri: string; database?: string },
  log: Logger,
): Promise<{ stop: () => Promise<void> }> {
  const metrics = createMetrics('worker');
  const { desk, close } = await openDesk(config, log);
  const carrier = createCarrier({ ...config.twilio, publicUrl: config.publicUrl });
  const program = (id: string) => desk.catalog.current().book.programs.find((one) => one.id === id) ?? null;
  const deps = { ...desk, program, transport: carrier.transport };
  const loop = repeat(
    () => dispatchOnce(deps),
    (error) => log.error({ error }, 'a round of the dispatcher failed'),
  );
  const jobs = createJobs(desk.store.db, jobTable(desk, carrier), log, (job, outcome) =>
    metrics.jobs.inc({ job, outcome }),
  );
  await jobs.start();
  log.info({}, 'worker is ready');
  return {
    stop: async () => {
      await loop.stop();
      await jobs.stop();
      await carrier.close();
      await close();
    },
  };
}

/** Rounds until stopped; waits where a round found nothing or failed. */
function repeat(
  round: () => Promise<number>,
  failed: (error: unknown) => void,
): { stop: () => Promise<void> } {
  let stopped = false;
  let wake: () => void = () => undefined;
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    while (!stopped) {
      try {
        if ((await round()) === 0 && !stopped) await wait(IDLE_MS);
      } catch (error) {
        failed(error);
        if (!stopped) await wait(FAILED_MS);
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
  };
}
