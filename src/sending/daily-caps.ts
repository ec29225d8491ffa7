import type { Sender } from '../domain/program.ts';
import { type CapAnswer, dailyCapOf, networkOf } from '../domain/sending/carrier-day-limits.ts';
import type { MessageClass } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import type { DeferredDelivery } from '../store/deliveries/queue.ts';
import { reserveDailyQuota, returnDaily } from '../store/senders/rate-limiter.ts';
import type { Store } from '../store/store.ts';
import { withTimeLimit } from '../store/transaction.ts';

export type DailyCapDeps = {
  store: Store;
  sender: (number: string) => Sender | null;
  /**
   * Called with parts that may be subject to a daily cap but were not counted, because the carrier of their number is
   * unknown.
   */
  onUncounted?: (parts: number) => void;
};

/** A message that may be sent, and the name of its number's carrier; null where no Lookup was made. */
type AllowedMessage = { row: Row; carrier: string | null };
type Row = Pick<DeliveryDoc, '_id' | 'sender' | 'class' | 'parts'>;
type Counted = Extract<CapAnswer, { kind: 'counted' }>;

/** The place that one message took under a cap, so that the place can be returned where the message is not sent. */
export type CapReservation = { cap: string; day: string; parts: number };

/** Deliveries that must wait for a carrier's next day, and the places of the others, by delivery. */
type DailyCapResult = { held: DeferredDelivery[]; reservations: Map<string, CapReservation> };

/**
 * Classes that wait under a daily cap. Answers are counted but never wait: a person who wrote to us gets an answer,
 * and the carrier refuses it where it must.
 */
const WAITS: ReadonlySet<MessageClass> = new Set(['marketing', 'transactional']);

/**
 * Counts messages against the daily limit that a carrier sets per brand, with one database command per limit. Returns
 * which messages must wait for the carrier's next day. A message takes its place before it is sent, so no two
 * processes take the same place. A message that is put back returns its place (`returnReservation`); every other message
 * keeps it. Costs nothing where no sender names a brand. Rejects where the count cannot be read.
 */
export async function reserveDailyCaps(
  deps: DailyCapDeps,
  allowed: readonly AllowedMessage[],
  now: Date,
): Promise<DailyCapResult> {
  const groups = new Map<string, { cap: Counted; rows: Row[] }>();
  for (const { row, carrier } of allowed) {
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
  const counted = counts.flatMap((count) => (count.status === 'fulfilled' ? count.value : []));
  const reservations = new Map(counted.flatMap((limit) => [...limit.reservations]));
  const failed = counts.find((count) => count.status === 'rejected');
  if (failed !== undefined) {
    await returnReservations(deps.store, reservations.values());
    throw failed.reason;
  }
  return { held: counted.flatMap(({ held }) => held), reservations };
}

/** Call once: a second call would return another message's place. Does nothing once the day is over. */
export const returnReservation = (store: Store, { cap, day, parts }: CapReservation): Promise<void> =>
  returnDaily(store, cap, day, parts);

/** How long a failed batch waits for the return of its places, ms. Its deliveries are still claimed meanwhile. */
const RETURN_MS = 1000;

/** Returns the places of a failed batch. Never rejects; a lost place costs one message of the cap. */
export async function returnReservations(
  store: Store,
  reservations: Iterable<CapReservation>,
): Promise<void> {
  const all = Promise.allSettled([...reservations].map((place) => returnReservation(store, place)));
  await withTimeLimit(RETURN_MS, all).catch(() => undefined);
}

function capOf(sender: Sender | null, carrier: string | null, now: Date): CapAnswer | null {
  if (sender?.brand === undefined) return null;
  const { country, kind, brand } = sender;
  return dailyCapOf({ carrier: carrier === null ? null : networkOf(carrier), country, kind, brand }, now);
}

async function countOne(store: Store, cap: Counted, rows: readonly Row[]): Promise<DailyCapResult> {
  const waits = (row: Row): number => Number(WAITS.has(row.class));
  const inTurn = [...rows].sort((first, second) => waits(first) - waits(second));
  const wanted = rows.reduce((total, { parts }) => total + parts, 0);
  let left = await reserveDailyQuota(store, cap.id, cap.day, wanted, cap.limit);
  const held: DeferredDelivery[] = [];
  const reservations: DailyCapResult['reservations'] = new Map();
  for (const row of inTurn) {
    if (row.parts <= left) {
      left -= row.parts;
      reservations.set(row._id, { cap: cap.id, day: cap.day, parts: row.parts });
    } else if (WAITS.has(row.class)) held.push({ id: row._id, until: cap.again, dailyCap: capHitOf(cap) });
  }
  // Losing these places costs less than a failed batch.
  if (left > 0) await returnDaily(store, cap.id, cap.day, left).catch(() => undefined);
  return { held, reservations };
}

const capHitOf = ({ carrier, limit, again }: Counted) => ({ carrier, limit, again });
