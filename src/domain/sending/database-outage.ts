/** What a web process said of its spool: how many texts lay there, and when, by the database's clock. */
export type SpoolReport = {
  at: Date;
  spooled: number;
  /** The last time that it said nothing for long, most likely because the database was away; null: never. */
  silence: { from: Date; until: Date } | null;
};

/** The database was away, or may have been: when it was last known to be there, and when it was first seen again, by its own clock. */
type Absence = { from: Date; backAt: Date };

/** Longest that marketing waits for web processes once the database is back, ms; one that was silent for so long before is gone. */
export const WAITED_MS = 30_000;

/**
 * How long the database was away: for `lostMs`, as far as this process saw it. One that starts sees nothing of what was
 * before it, and takes it from the web processes: they are silent while the database is away.
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
 * Whether marketing goes on after an absence of the database: every web process that lived when it went has said since
 * its return that its spool is empty, or they had their time. A STOP may lie in a spool, where no worker sees it.
 */
export function mayGoOn({ from, backAt }: Absence, now: Date, reports: readonly SpoolReport[]): boolean {
  const back = backAt.getTime();
  if (now.getTime() - back >= WAITED_MS) return true;
  const living = reports.filter(({ at }) => at.getTime() > from.getTime() - WAITED_MS);
  return living.every(({ at, spooled }) => at.getTime() > back && spooled === 0);
}
