import { HOUR_MS } from '../../domain/durations.ts';
import type { Ending, Meaning } from '../../domain/hygiene/bounces.ts';
import type { IncidentHour } from '../../domain/hygiene/incident.ts';
import { incidentKindOf, keysOf } from '../../domain/hygiene/incidents.ts';
import { incidentId } from '../../store/senders/incidents.ts';

/** Which failures some hours of incidents keep from counting; an incident that a person dismissed keeps none. */
export function frozenBy(
  incidents: readonly IncidentHour[],
): (failure: Pick<Ending, 'sender' | 'network' | 'leftAt'>, meaning: Meaning) => boolean {
  const frozen = new Set(incidents.filter((one) => one.dismissed === undefined).map(({ _id }) => _id));
  return (failure, meaning) => {
    const of = incidentKindOf(meaning);
    if (of === null || frozen.size === 0) return false;
    const hour = new Date(Math.floor(failure.leftAt.getTime() / HOUR_MS) * HOUR_MS);
    return keysOf(failure).some((key) => frozen.has(incidentId(of, key, hour)));
  };
}
