import type { Desk } from '../../consent/desk.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { type Incident, incidentsOf } from '../../domain/hygiene/incident.ts';
import { readIncidents } from '../../store/senders/incidents.ts';

/** An incident that reaches further out of the time asked for is shown cut, ms. */
const OUTSIDE_MS = 14 * DAY_MS;

/** Incidents of which an hour lies in a time, whole, so that each has the same hours and id wherever it is shown; the newest first. */
export async function incidentsDuring(
  desk: Desk,
  { from, to }: { from: Date; to: Date },
): Promise<Incident[]> {
  const hours = await readIncidents(desk.store, {
    from: new Date(from.getTime() - OUTSIDE_MS),
    to: new Date(to.getTime() + OUTSIDE_MS),
  });
  return incidentsOf(hours, desk.now()).filter(
    ({ openedAt, closedAt }) => openedAt < to && (closedAt === null || closedAt > from),
  );
}
