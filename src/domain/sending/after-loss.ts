/** What a web process said of its spool: how many texts lie there, and when it said so, by the database's clock. */
export type SpoolReport = { at: Date; spooled: number };

/** Longest that marketing waits for web processes once the database is back, ms; one that was silent for so long before is gone. */
export const WAITED_MS = 30_000;

/**
 * Whether marketing goes on after a loss of the database: every web process that lived when it came back has said since
 * that its spool is empty, or they had their time. A STOP may lie in a spool, where no worker sees it.
 *
 * @param backAt when the database was first seen again, by its own clock, as `now` is
 */
export function mayGoOn(backAt: Date, now: Date, reports: readonly SpoolReport[]): boolean {
  const since = backAt.getTime();
  if (now.getTime() - since >= WAITED_MS) return true;
  const living = reports.filter(({ at }) => at.getTime() > since - WAITED_MS);
  return living.every(({ at, spooled }) => at.getTime() > since && spooled === 0);
}
