import { Cron } from 'croner';

/** A time of day or week in a zone, as five cron fields. */
type Nightly = { cron: string; zone: string };

/** The recorded runs of a job. */
export type Starts = {
  /** Start of its last complete run; null when there was none. */
  last: Date | null;
  /** Since when the installation has had the job. */
  knownSince: Date;
  /** Whether the last run is still under way, has ended, or was cut off because its worker died. */
  run: 'under-way' | 'ended' | 'cut-off';
  /** Number of consecutive runs that were cut off before the last one. */
  cutOffs: number;
};

/**
 * Consecutive runs that may be cut off before the next one waits for its scheduled time: the job itself may kill its
 * worker.
 */
const MOST_CUT_OFF = 3;

/** Whether so many consecutive runs were cut off that the job starts again only at its scheduled time or by hand. */
export const isGivenUp = ({ run, cutOffs }: Pick<Starts, 'run' | 'cutOffs'>): boolean =>
  run === 'cut-off' && cutOffs + 1 >= MOST_CUT_OFF;

/**
 * A run that began at most this long before a scheduled time, ms, counts as that time's run: workers schedule by
 * their own clocks, and starts are recorded by the database's clock, which may be behind.
 */
const CLOCKS_APART_MS = 60_000;

/**
 * Whether a job must start now because its last scheduled time passed without a run, or its run was cut off. A new
 * job has missed nothing yet. A time that a clock change skips is the first moment after the gap; a time that occurs
 * twice, the first. Throws when the cron pattern is invalid.
 */
export function hasMissedStart({ cron, zone }: Nightly, starts: Starts, now: Date): boolean {
  if (starts.run === 'under-way') return false;
  if (starts.run === 'cut-off' && !isGivenUp(starts)) return true;
  const pattern = new Cron(cron, { paused: true, timezone: zone, mode: '5-part' });
  const [before] = pattern.previousRuns(1, now);
  if (before === undefined) return false;
  if (starts.last === null) return starts.knownSince < before;
  return starts.last.getTime() < before.getTime() - CLOCKS_APART_MS;
}
