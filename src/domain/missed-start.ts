import { Cron } from 'croner';

/** A time of day or week on a zone's clock, as five cron fields. */
type Nightly = { cron: string; zone: string };

/** What is known of a job's runs. */
export type Starts = {
  /** When its last run of the whole work began; null: none ever did. */
  last: Date | null;
  /** Since when the installation has the job. */
  knownSince: Date;
  /** Whether the last run is still under way, has ended, or was cut off, its worker having died. */
  run: 'under-way' | 'ended' | 'cut-off';
  /** Runs in a row that were cut off before the last one. */
  cutOffs: number;
};

/** Runs in a row that may be cut off before one waits for its next time: it may be the job that its worker dies of. */
const MOST_CUT_OFF = 3;

/** Whether so many runs in a row were cut off that the next begins at its own time, or by somebody who asks anew. */
export const isGivenUp = ({ run, cutOffs }: Pick<Starts, 'run' | 'cutOffs'>): boolean =>
  run === 'cut-off' && cutOffs + 1 >= MOST_CUT_OFF;

/**
 * A run that began so shortly before a time, ms, is that time's own: workers count times by their clocks, and starts are
 * noted by the database's, which may be behind.
 */
const CLOCKS_APART_MS = 60_000;

/**
 * Whether a job is to begin now, since its last time went by without a run or its run was cut off. One that is new has
 * missed nothing yet. A time that the zone's clock never shows is the first moment after the gap; one that it shows twice,
 * the first. Throws where the pattern is none.
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
