import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { readTrouble } from '../store/senders/stops.ts';
import type { Store } from '../store/store.ts';

/** `stopped`: of one that waits, why nothing leaves from its number now, and what to do. */
export type WithStop = DeliveryDoc & { stopped?: string };

export async function withStop(store: Store, row: DeliveryDoc): Promise<WithStop> {
  if (row.state !== 'planned') return row;
  const { stopped } = await readTrouble(store, row.sender);
  return stopped === null ? row : { ...row, stopped: stopped.why };
}
