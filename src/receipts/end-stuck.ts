import type { Desk } from '../consent/desk.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { CARRIER_STATES, stateOfStatus } from '../domain/receipt-order.ts';
import { DoneInPart } from '../domain/reports/done-in-part.ts';
import type { MessageList } from '../sending/carrier/message-list.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { findStuck, giveUp } from '../store/deliveries/stuck.ts';
import { takeListed } from './take-listed.ts';

/** A message that no receipt ended by then will hardly get one: carriers try for at most 72 h. */
const STUCK_MS = 72 * HOUR_MS;

/** Asked about at once. */
const TOGETHER = 4;

/** Read at once. */
const PAGE = 500;

export type Ended = { asked: number; settled: number; unknown: number };

/**
 * Asks the carrier once about each message it took 72 hours ago and never told the end of: its word counts like a
 * receipt; where it has none the message ends as unknown, never as a bounce. Safe to run anywhere, twice, or half.
 * Rejects at the end where the carrier could not be asked about some; those are the next run's. Where that is a whole
 * page it asks no further.
 */
export async function endStuck(
  desk: Desk,
  fetchOne: MessageList['fetch'],
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<Ended> {
  const senders = desk.catalog.current().book.senders.map(({ number }) => number);
  const before = new Date(desk.now().getTime() - STUCK_MS);
  const counts = { asked: 0, settled: 0, unknown: 0 };
  const failures: unknown[] = [];
  const tried = new Set<string>();
  // Rows that were tried and stay as they are: they are found again, in front of the others.
  let stayed = 0;
  while (goOn() && tried.size < most) {
    const limit = Math.min(PAGE, most - tried.size) + stayed;
    const found = await findStuck(desk.store, { senders, before, limit });
    const due = found.filter(({ _id }) => !tried.has(_id));
    stayed = found.length - due.length;
    if (due.length === 0) break;
    for (let at = 0; at < due.length && goOn(); at += TOGETHER) {
      const some = due.slice(at, at + TOGETHER);
      for (const { _id } of some) tried.add(_id);
      failures.push(...(await endSome(desk, fetchOne, some, counts)));
    }
  }
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

/** Why the carrier could not be asked about some of them. */
async function endSome(
  desk: Desk,
  fetchOne: MessageList['fetch'],
  rows: readonly DeliveryDoc[],
  counts: Ended,
): Promise<unknown[]> {
  const ends = rows.map(async (row) => {
    if (knownAs(row) !== undefined) counts.asked += 1;
    counts[await endOne(desk, fetchOne, row)] += 1;
  });
  return (await Promise.allSettled(ends)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
}

/** Where no receipt told of its newest attempt, the message of an earlier one. */
const knownAs = ({ carrierSid, extraSids }: DeliveryDoc): string | undefined => carrierSid ?? extraSids?.[0];

async function endOne(
  desk: Desk,
  fetchOne: MessageList['fetch'],
  row: DeliveryDoc,
): Promise<'settled' | 'unknown'> {
  const sid = knownAs(row);
  const listed = sid === undefined ? null : await fetchOne(sid);
  if (listed !== null && isEnd(listed.status)) {
    const epoch = row.carrierSid === undefined ? row.epoch - 1 : row.epoch;
    const { _id, program, decision } = row;
    await takeListed(desk, { _id, epoch, program, decision }, listed);
    return 'settled';
  }
  await giveUp(desk.store, row, whyUnknown(row, listed !== null));
  return 'unknown';
}

function whyUnknown(row: DeliveryDoc, known: boolean): string {
  if (known) return 'the carrier never told how it ended';
  return knownAs(row) === undefined
    ? 'no receipt of it came, and the carrier told no id to ask it by'
    : 'the carrier no longer knows the message';
}

function isEnd(status: string): boolean {
  const state = stateOfStatus(status);
  return state !== null && CARRIER_STATES.indexOf(state) > CARRIER_STATES.indexOf('sent');
}
