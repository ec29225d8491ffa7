import type { Draw } from '../../seed/audience/drawing.ts';

/** One run of a job in the undisturbed month: its duration, and whether it found work. */
export type Run = { ms: number; busy: boolean };

/** The runs of each job at each hour of the month, in order. */
export type Runs = ReadonlyMap<string, readonly Run[]>;
export const stopOf = (job: string, now: Date): string => `${job} ${now.toISOString().slice(0, 13)}`;

/** A killed run, by job. `busy`: work was left, and the next run did it. */
export type Kill = { busy: boolean };
export type Kills = ReadonlyMap<string, readonly Kill[]>;

/** The share of runs that are killed, and how many busy runs of each job are killed at least. */
const SHARE = 0.03;
const AT_LEAST = 2;

/**
 * Delay of the kill after the start of a run, ms; null for no kill. It lies within the duration of the same run in the
 * undisturbed month. `before`: earlier kills of this job.
 */
export function killAfter(run: Run | undefined, before: readonly Kill[], draw: Draw): number | null {
  if (run === undefined) return null;
  const wanted = run.busy && before.filter(({ busy }) => busy).length < AT_LEAST;
  return wanted || draw() < SHARE ? draw() * run.ms : null;
}

/** Jobs that clean the list, and jobs that measure how clean it is. */
export const CLEANING = [
  'consent-ageing',
  'deactivations',
  'verify-numbers',
  'find-incidents',
  'bounce-sweep',
  'bounce-sweep-nightly',
  'reassigned-numbers',
  'duplicate-scan',
  'report',
  'count-moves',
  'quality',
] as const;

/** Jobs that query the carrier about numbers. */
export const ASKING: readonly string[] = [
  'verify-numbers',
  'bounce-sweep',
  'bounce-sweep-nightly',
  'reassigned-numbers',
];

/** The number of kills of these jobs, or of all jobs. */
export const killsOf = (kills: Kills, jobs?: readonly string[]): number =>
  [...kills].reduce((sum, [job, some]) => sum + (jobs?.includes(job) === false ? 0 : some.length), 0);

/** Cleaning jobs that were never killed with work left. Nothing is proven about them. */
export const unproven = (kills: Kills): string[] =>
  CLEANING.filter((job) => !(kills.get(job) ?? []).some(({ busy }) => busy));

/** "report 3 (2), …": kills of each job, and how many of them left something to do. */
export function killsByJob(kills: Kills): string {
  return [...kills]
    .map(([job, runs]) => `${job} ${runs.length} (${runs.filter(({ busy }) => busy).length})`)
    .join(', ');
}
