/** A web process's report about its spool: how many texts it holds, and when, by the database's clock. */
export type SpoolReport = {
  at: Date;
  spooled: number;
  /** The last long gap between reports, most likely because the database was away; null: there was none. */
  silence: { from: Date; until: Date } | null;
};

/**
 * The database was away, or may have been. `from`: when the database last answered. `backAt`: when it answered again.
 * Both by its own clock.
 */
type Absence = { from: Date; backAt: Date };

/**
 * Longest that marketing waits for web processes once the database is back, ms. A web process that was silent this
 * long before the outage is gone.
 */
export const WAITED_MS = 30_000;

/**
 * How long the database was away: for `lostMs`, as far as this process saw. A process that has just started saw
 * nothing, and infers the outage from the gaps in the reports of web processes.
 */
export function absenceOf(backAt: Date, lostMs: number, reports: readonly SpoolReport[]): Absence {
  const back = backAt.getTime();
  const last = reports.length === 0 ? back : Math.max(...reports.map(({ at }) => at.getTime()));
  const silences = reports.flatMap(({ silence }) =>
    silence !== null && silence.until.getTime() > back - WAITED_MS ? [silence.from.getTime()] : [],
  );
  return { from: new Date(Math.min(back - lostMs, last, ...silences)), backAt };
}

/**
 * Whether marketing may continue after an outage. Every web process that lived at its start has reported an empty
 * spool since the end, or the time for that has passed. A STOP may lie in a spool, where no worker sees it.
 */
export function mayGoOn({ from, backAt }: Absence, now: Date, reports: readonly SpoolReport[]): boolean {
  const back = backAt.getTime();
  if (now.getTime() - back >= WAITED_MS) return true;
  const living = reports.filter(({ at }) => at.getTime() > from.getTime() - WAITED_MS);
  return living.every(({ at, spooled }) => at.getTime() > back && spooled === 0);
}
