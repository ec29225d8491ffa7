import { HOUR_MS } from '../../domain/durations.ts';
import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import type { MessageList } from '../../sending/carrier/message-list.ts';
import { findSuppressions } from '../../store/consent/suppressions.ts';
import { readMark, writeMark } from '../../store/marks.ts';
import type { Desk } from '../desk.ts';
import { takeMissing } from '../inbound/catch-up.ts';
import { listInParts } from '../inbound/list-in-parts.ts';
import { type InboundMessage, readingOf } from '../inbound/message.ts';
import { closedAt, mayClose, scopesOf } from '../scopes.ts';

/** How far a reconciliation goes back, ms: a list that came late, or a night that was missed, is still in it. */
const WINDOW_MS = 72 * HOUR_MS;

/** The last number of ours that a run which ran out of time began with; the next run begins behind it. */
const MARK = 'reconcile';

export type Reconciled = {
  listed: number;
  found: number;
  opt_outs: number;
  not_repaired: number;
  left: number;
};

/**
 * Compares what the carrier lists of inbound texts over three days with what we have, number by number, and takes in
 * what is missing as if its webhook had found us. `found`: those that were taken in; `opt_outs`: of them, opt-outs, or a NO that ended a program;
 * `not_repaired`: texts that could not be taken; `left`: numbers of ours that were not compared whole, for want of time.
 * Safe to run anywhere, twice, or half. Rejects at the end where a list could not be read.
 */
export async function reconcile(
  desk: Desk,
  list: MessageList['listInbound'],
  goOn: () => boolean,
): Promise<Reconciled> {
  const counts = { listed: 0, found: 0, opt_outs: 0, not_repaired: 0, left: 0 };
  const unread: unknown[] = [];
  let begun: string | null = null;
  for (const number of await numbersInTurn(desk)) {
    const isDue = goOn();
    if (isDue) begun = number;
    const isWhole = isDue && (await compare(desk, { number, list, goOn }, counts, unread));
    if (!isWhole) counts.left += 1;
  }
  // A run that began with none leaves the next its place.
  if (begun !== null && counts.left > 0)
    await writeMark(desk.store, { _id: MARK, at: desk.now(), value: begun });
  if (unread.length > 0) throw new DoneInPart(counts, unread[0]);
  return counts;
}

/** Ours, from behind the last that a run which ran out of time began with, so that everybody's turn comes. */
async function numbersInTurn(desk: Desk): Promise<string[]> {
  const numbers = desk.catalog.current().book.senders.map(({ number }) => number);
  const begun = (await readMark(desk.store, MARK))?.value;
  const next = numbers.indexOf(String(begun)) + 1;
  return [...numbers.slice(next), ...numbers.slice(0, next)];
}

type Comparing = { number: string; list: MessageList['listInbound']; goOn: () => boolean };

/** False where the time was over before the whole of its list was compared; why a list cannot be read is kept. */
async function compare(
  desk: Desk,
  { number, list, goOn }: Comparing,
  counts: Reconciled,
  unread: unknown[],
): Promise<boolean> {
  const now = desk.now();
  const since = new Date(now.getTime() - WINDOW_MS);
  try {
    for await (const { listed, until } of listInParts(list, number, since, now)) {
      const { taken, failures } = await takeMissing(desk, number, listed);
      counts.listed += listed.length;
      counts.found += taken.length;
      for (const one of taken) counts.opt_outs += (await isOptOut(desk, one)) ? 1 : 0;
      counts.not_repaired += failures.length;
      if (until < now && !goOn()) return false;
    }
  } catch (error) {
    unread.push(error);
  }
  return true;
}

/** What a NO closed, only the rows that it raised tell. What a hold stops is no opt-out before somebody decides. */
async function isOptOut(desk: Desk, message: InboundMessage): Promise<boolean> {
  const reading = readingOf(message, desk.catalog.current());
  if (reading.kind !== 'unsure' && scopesOf(reading).length > 0) return true;
  if (!mayClose(reading.kind)) return false;
  const rows = await findSuppressions(desk.store, [desk.indexOf(message.from)]);
  return closedAt(rows, message.receivedAt).length > 0;
}
