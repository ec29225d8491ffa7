import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Db } from 'mongodb';
import type { Log } from '../consent/desk.ts';

/** One background job: what, how often, how long it may take. Its handler re-reads everything and may run twice. */
export type Job = {
  name: string;
  every: string;
  /** Longest run, seconds; after it another process may start the job too. */
  lockSeconds: number;
  run: () => Promise<Record<string, unknown>>;
};

export type Jobs = { start: () => Promise<void>; stop: () => Promise<void> };

/** Longest wait for jobs under way at the end, ms; they are written to be cut off anywhere. */
const DRAIN_MS = 3000;

type Outcome = (job: string, outcome: 'done' | 'failed') => void;

/** Schedules and drivers, never one job a message: Agenda holds one document a row of the table. */
export function createJobs(db: Db, table: readonly Job[], log: Log, count: Outcome): Jobs {
  const backend = new MongoBackend({ mongo: db as never, collection: 'jobs' });
  const agenda = new Agenda({
    backend,
    defaultLockLimit: 2,
    defaultConcurrency: 1,
    processEvery: '5 seconds',
    removeOnComplete: false,
  });
  for (const job of table) {
    agenda.define(job.name, async (_run) => runOne(job, log, count), {
      concurrency: 1,
      lockLimit: 1,
      lockLifetime: job.lockSeconds * 1000,
    });
  }
  return {
    start: async () => {
      await agenda.start();
      for (const { name, every } of table) await agenda.every(every, name);
    },
    stop: async () => {
      await agenda.drain({ timeout: DRAIN_MS });
    },
  };
}

async function runOne({ name, run }: Job, log: Log, count: Outcome): Promise<void> {
  try {
    const result = await run();
    count(name, 'done');
    log.info({ job: name, ...result }, 'job done');
  } catch (error) {
    count(name, 'failed');
    log.error({ job: name, error }, 'job failed; it runs again at its next time');
    // Agenda keeps the message of what is thrown, and the error's own may quote what a person typed.
    throw new Error('see the log');
  }
}
