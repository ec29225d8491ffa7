import type { Desk } from '../consent/desk.ts';
import { CARRIER_STATES, stateOfStatus } from '../domain/receipt-order.ts';
import type { MessageList } from '../sending/message-list.ts';
import type { DeliveryDoc } from '../store/deliveries.ts';
import { findStuck, giveUp } from '../store/stuck-deliveries.ts';
import { takeListed } from './take-listed.ts';

/** A message that no receipt ended by then will hardly get one: carriers try for at most 72 h. */
const STUCK_MS = 72 * 3_600_000;

/** Asked about at once. */
const TOGETHER = 4;

export type Ended = { asked: number; settled: number; unknown: number };

/**
 * Asks the carrier once about each message it took 72 hours ago and never told the end of: its word counts like a
 * receipt; where it has none the message ends as unknown, never as a bounce. Safe to run anywhere, twice, or half.
 * Rejects at the end where the carrier could not be asked about some; those are asked about again.
 */
export async function endStuck(
  desk: Desk,
  fetchOne: MessageList['fetch'],
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<Ended> {
  const senders = desk.catalog.current().book.senders.map(({ number }) => number);
  const before = new Date(desk.now().getTime() - STUCK_MS);
  const due = await findStuck(desk.store, { senders, before, limit: most });
  const counts = { asked: 0, settled: 0, unknown: 0 };
  const failures: unknown[] = [];
  for (let at = 0; at < due.length && goOn(); at += TOGETHER) {
    const some = due.slice(at, at + TOGETHER).map(async (row) => {
      counts.asked += 1;
      counts[await endOne(desk, fetchOne, row)] += 1;
    });
    for (const one of await Promise.allSettled(some))
      if (one.status === 'rejected') failures.push(one.reason);
  }
  if (failures.length > 0) throw failures[0];
  return counts;
}

async function endOne(
  desk: Desk,
  fetchOne: MessageList['fetch'],
  row: DeliveryDoc,
): Promise<'settled' | 'unknown'> {
  const listed = row.carrierSid === undefined ? null : await fetchOne(row.carrierSid);
  if (listed !== null && isEnd(listed.status)) {
    await takeListed(desk, row, listed);
    return 'settled';
  }
  const why =
    listed === null ? 'the carrier no longer knows the message' : 'the carrier never told how it ended';
  await giveUp(desk.store, row, why);
  return 'unknown';
}

function isEnd(status: string): boolean {
  const state = stateOfStatus(status);
  return state !== null && CARRIER_STATES.indexOf(state) > CARRIER_STATES.indexOf('sent');
}
