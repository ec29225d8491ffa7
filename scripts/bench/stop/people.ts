import { loadConfig } from '../../../src/config.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { insertSubscribers, offerTo, subscriber } from '../people.ts';
import type { Arrival } from './arrivals.ts';

/** The first numbers of the people who text in the warm-up, without a campaign, and during the campaign. */
export const FIRST = { warm: 5_000_000, idle: 6_000_000, campaign: 7_000_000 };

/** A campaign beside the one that is sent at full speed. Its messages come due one by one. */
const AIMED = 'aimed';

/** Inserts a subscriber for each arrival. Resolves with the rows for the aimed people, in order, not inserted yet. */
export async function insertTexters(
  store: Store,
  env: NodeJS.ProcessEnv,
  first: number,
  planned: readonly Arrival[],
): Promise<DeliveryDoc[]> {
  const config = loadConfig(env);
  let at = 0;
  return insertSubscribers(
    store,
    planned.length,
    (place) => subscriber(config, first + place),
    ({ holder }) => (planned[at++]?.dueAt == null ? [] : [offerTo(holder, AIMED)]),
  );
}

/** Plans the rows of the aimed people, each due at its time. `startsAt`: ms of the clock of the system. */
export async function planAimed(
  store: Store,
  rows: readonly DeliveryDoc[],
  planned: readonly Arrival[],
  startsAt: number,
): Promise<void> {
  const dues = planned.flatMap(({ dueAt }) => dueAt ?? []);
  const due = rows.map((row, at) => ({ ...row, dueAt: new Date(startsAt + (dues[at] ?? 0)) }));
  if (due.length > 0) await store.deliveries.insertMany(due);
}
