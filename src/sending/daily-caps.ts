import type { Sender } from '../domain/program.ts';
import { type CapAnswer, dailyCapOf, networkOf } from '../domain/sending/carrier-day-limits.ts';
import type { MessageClass } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import type { DeferredDelivery } from '../store/deliveries/queue.ts';
import { reserveDailyQuota, returnDaily } from '../store/senders/rate-limiter.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';

export type DailyDeps = {
  store: Store;
  sender: (number: string) => Sender | null;
  /** Parts that may be subject to a daily cap and were not counted: the carrier of their number is not known. */
  onUncounted?: (parts: number) => void;
};

/** A message that may go, and the carrier of its number by name, null where nobody looked. */
type Going = { row: Row; carrier: string | null };
type Row = Pick<DeliveryDoc, '_id' | 'sender' | 'class' | 'parts'>;
type Counted = Extract<CapAnswer, { kind: 'counted' }>;

/** What one message was counted against, so that it can be taken back where it does not leave. */
export type CapReservation = { cap: string; day: string; parts: number };

/** What must wait for a carrier's next day, and the places that the others took, by their rows. */
type Daily = { held: DeferredDelivery[]; places: Map<string, CapReservation> };

/** Answers are counted and never held: whoever wrote to us is answered, and the carrier itself refuses what it must. */
const WAITS: ReadonlySet<MessageClass> = new Set(['marketing', 'transactional']);

/**
 * Counts messages against what a carrier takes from their brand in a day, one command a count, and tells which must
 * wait for its next day. A place is taken before the message leaves, so no two processes take one; what is put
 * back gives it back (`returnPlace`), whatever else does not leave keeps it. Costs nothing where no sender names a
 * brand. Rejects where the count cannot be read.
 */
export async function reserveDailyCaps(deps: DailyDeps, going: readonly Going[], now: Date): Promise<Daily> {
  const groups = new Map<string, { cap: Counted; rows: Row[] }>();
  for (const { row, carrier } of going) {
    const cap = capOf(deps.sender(row.sender), carrier, now);
    if (cap?.kind === 'unknown-carrier') deps.onUncounted?.(row.parts);
    if (cap?.kind !== 'counted') continue;
    const group = groups.get(cap.id) ?? { cap, rows: [] };
    group.rows.push(row);
    groups.set(cap.id, group);
  }
  const counts = await Promise.allSettled(
    [...groups.values()].map(({ cap, rows }) => countOne(deps.store, cap, rows)),
  );
  const counted = counts.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const places = new Map(counted.flatMap((one) => [...one.places]));
  const failed = counts.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await returnPlaces(deps.store, places.values());
    throw failed.reason;
  }
  return { held: counted.flatMap(({ held }) => held), places };
}

/** To be called once: a place that is given back twice is somebody else's. Nothing where its day is over. */
export const returnPlace = (store: Store, { cap, day, parts }: CapReservation): Promise<void> =>
  returnDaily(store, cap, day, parts);

/** How long a round that failed waits for its places to be given back, ms: its flags are still up. */
const RETURN_MS = 1000;

/** Places of a round that failed. Never rejects: a place that is lost is one message too few. */
export async function returnPlaces(store: Store, places: Iterable<CapReservation>): Promise<void> {
  const all = Promise.allSettled([...places].map((place) => returnPlace(store, place)));
  await withTimeLimit(RETURN_MS, all).catch(() => undefined);
}

function capOf(sender: Sender | null, carrier: string | null, now: Date): CapAnswer | null {
  if (sender?.brand === undefined) return null;
  const { country, kind, brand } = sender;
  return dailyCapOf({ carrier: carrier === null ? null : networkOf(carrier), country, kind, brand }, now);
}

async function countOne(store: Store, cap: Counted, rows: readonly Row[]): Promise<Daily> {
  const waits = (row: Row): number => Number(WAITS.has(row.class));
  const inTurn = [...rows].sort((one, other) => waits(one) - waits(other));
  const wanted = rows.reduce((total, { parts }) => total + parts, 0);
  let left = await reserveDailyQuota(store, cap.id, cap.day, wanted, cap.limit);
  const held: DeferredDelivery[] = [];
  const places: Daily['places'] = new Map();
  for (const row of inTurn) {
    if (row.parts <= left) {
      left -= row.parts;
      places.set(row._id, { cap: cap.id, day: cap.day, parts: row.parts });
    } else if (WAITS.has(row.class)) held.push({ id: row._id, until: cap.again, dailyCap: hitOf(cap) });
  }
  // To lose these costs less than a round that fails.
  if (left > 0) await returnDaily(store, cap.id, cap.day, left).catch(() => undefined);
  return { held, places };
}

const hitOf = ({ carrier, limit, again }: Counted) => ({ carrier, limit, again });
