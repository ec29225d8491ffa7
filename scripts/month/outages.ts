import type { AppContext } from '../../src/consent/app-context.ts';
import { HOUR_MS, utcDay } from '../../src/domain/durations.ts';
import { codeOf } from '../../src/domain/hygiene/error-codes.ts';
import { incidentsOf } from '../../src/domain/hygiene/incident-rules.ts';
import { excludedByIncident } from '../../src/receipts/incidents.ts';
import { FAILURES } from '../../src/store/deliveries/delivery.ts';
import { readIncidents } from '../../src/store/senders/incidents.ts';

/** The incidents of one day: how many began, and how many failures of the day count against no number. */
export type Outages = { incidents: number; frozen: number };

/** By date, for days with an incident. */
export async function outagesByDay(
  context: Pick<AppContext, 'now' | 'store'>,
  from: Date,
): Promise<Map<string, Outages>> {
  const hours = await readIncidents(context.store, { from, to: context.now() });
  const isFrozen = excludedByIncident(hours);
  const days = new Map<string, Outages>();
  const add = (at: Date, what: Partial<Outages>): void => {
    const date = utcDay(at);
    const { incidents, frozen } = days.get(date) ?? { incidents: 0, frozen: 0 };
    const { incidents: more = 0, frozen: others = 0 } = what;
    days.set(date, { incidents: incidents + more, frozen: frozen + others });
  };
  for (const incident of incidentsOf(hours, context.now()))
    if (incident.dismissed === null) add(incident.openedAt, { incidents: 1 });
  for (const time of new Set(hours.map(({ hour }) => hour.getTime()))) {
    const failed = context.store.deliveries.find(
      {
        'decision.at': { $gte: new Date(time), $lt: new Date(time + HOUR_MS) },
        state: { $in: [...FAILURES] },
      },
      { projection: { sender: 1, network: 1, error: 1, 'decision.at': 1 } },
    );
    for await (const { sender, network = null, error, decision } of failed) {
      const meaning = codeOf(error ?? '');
      if (meaning === null || decision === null) continue;
      const at = decision.at;
      if (isFrozen({ sender, network, leftAt: at }, meaning)) add(at, { frozen: 1 });
    }
  }
  return days;
}
