import { z } from 'zod';
import type { Desk } from '../consent/desk.ts';
import type { AtLeastOnce } from '../domain/sending/after-crash.ts';
import type { Carrier } from '../sending/carrier/carrier.ts';
import type { Counts } from '../store/job-runs.ts';

/** When a job runs: so long after its last start, `atStart` each time a worker starts too; or by a cron line in a zone. */
export type Schedule = { every: string; atStart?: true } | { cron: string; zone: string };

/** Most that one run takes on; what is left is the next run's. `items` null: all that is due, in one write. */
export type Budget = { items: number | null; ms: number };

/** What every job works with. `planAgain`: what the installation allows after a crash. */
export type JobTools = { desk: Desk; carrier: Carrier; planAgain: AtLeastOnce };

/** One run of a job, to its handler. */
export type JobTurn<P = unknown> = {
  payload: P;
  /** Most things to take on. */
  most: number;
  /** False when its time is used up, it was paused, or another process has the job by now: stop after this item. Once false it stays so. */
  goOn: () => boolean;
};

/**
 * One background job. Its handler re-reads everything, may be cut off anywhere, and run again writes nothing more. It
 * resolves with null where it stopped and kept nothing: the next run begins anew.
 */
export type Job = {
  name: string;
  /** One sentence for whoever reads the list. */
  what: string;
  schedule: Schedule;
  /** What a person who runs it now may ask of it; a scheduled run gets the empty object. */
  payload: z.ZodType<Record<string, unknown>>;
  /** Seconds after which another process may run it, unless this one renews. */
  leaseSeconds: number;
  budget: Budget;
  /** Why it cannot be paused, as the end of a sentence; null: it can. */
  essential: string | null;
  run: (tools: JobTools, turn: JobTurn<never>) => Promise<Counts | null>;
};

const NOTHING = z.strictObject({});

type Row<P> = Omit<Job, 'payload' | 'essential' | 'run' | 'budget'> & {
  payload?: z.ZodType<P>;
  essential?: string;
  budget?: Partial<Budget>;
  run: (tools: JobTools, turn: JobTurn<P>) => Promise<Counts | null>;
};

/** Ties a handler to the payload it takes. */
export function job<P extends Record<string, unknown> = Record<string, never>>(row: Row<P>): Job {
  return {
    ...row,
    payload: (row.payload ?? NOTHING) as Job['payload'],
    budget: { items: null, ms: 20_000, ...row.budget },
    essential: row.essential ?? null,
    run: row.run as Job['run'],
  };
}

/** As a person reads it: "30 seconds", "5 minutes, and at start", "10 3 * * * America/New_York". */
export const scheduleWords = (schedule: Schedule): string => {
  if ('cron' in schedule) return `${schedule.cron} ${schedule.zone}`;
  return schedule.atStart === true ? `${schedule.every}, and at start` : schedule.every;
};
