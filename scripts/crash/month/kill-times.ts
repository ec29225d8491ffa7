import type { Draw } from '../../seed/audience/drawing.ts';

/** One run of a job in the month that is left alone: how long it took, and whether it found something to do. */
export type Run = { ms: number; busy: boolean };

/** By job and stop of the month, its runs there in their order. */
export type Runs = ReadonlyMap<string, readonly Run[]>;
export const stopOf = (job: string, now: Date): string => `${job} ${now.toISOString().slice(0, 13)}`;

/** A run that was killed; `busy`: something was left to do, and the next run did it. By job. */
export type Kill = { busy: boolean };
export type Kills = ReadonlyMap<string, readonly Kill[]>;

/** Of the runs, those that are broken off; and of each job so many of those that find something to do, if it has them. */
const SHARE = 0.03;
const AT_LEAST = 2;

/**
 * When to kill a run, ms after it began; null: not. At any point of it: up to as long as the same run of the other month
 * took. `before`: kills of its job so far.
 */
export function killAfter(run: Run | undefined, before: readonly Kill[], draw: Draw): number | null {
  if (run === undefined) return null;
  const wanted = run.busy && before.filter(({ busy }) => busy).length < AT_LEAST;
  return wanted || draw() < SHARE ? draw() * run.ms : null;
}

/** Jobs that clean the list, and those that say how clean it is. */
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

/** Those that ask the carrier about numbers. */
export const ASKING: readonly string[] = [
  'verify-numbers',
  'bounce-sweep',
  'bounce-sweep-nightly',
  'reassigned-numbers',
];

/** Of these jobs, or of all. */
export const killsOf = (kills: Kills, jobs?: readonly string[]): number =>
  [...kills].reduce((sum, [job, some]) => sum + (jobs?.includes(job) === false ? 0 : some.length), 0);

/** Those of which no run was killed with something left to do: nothing is proven of them. */
export const unproven = (kills: Kills): string[] =>
  CLEANING.filter((job) => !(kills.get(job) ?? []).some(({ busy }) => busy));

/** "report 3 (2), …": kills of each job, and how many of them left something to do. */
export function killsByJob(kills: Kills): string {
  return [...kills]
    .map(([job, runs]) => `${job} ${runs.length} (${runs.filter(({ busy }) => busy).length})`)
    .join(', ');
}
