import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import type { MessageList } from '../../sending/carrier/message-list.ts';
import { findSuppressions } from '../../store/consent/suppressions.ts';
import type { Desk } from '../desk.ts';
import { takeMissing } from '../inbound/catch-up.ts';
import { listInParts } from '../inbound/list-in-parts.ts';
import { type InboundMessage, readingOf } from '../inbound/message.ts';
import { closedAt, mayClose, scopesOf } from '../scopes.ts';

/** How far a reconciliation goes back, ms: a list that came late, or a night that was missed, is still in it. */
const WINDOW_MS = 72 * 3_600_000;

export type Reconciled = { listed: number; found: number; opt_outs: number; not_repaired: number };

/**
 * Compares what the carrier lists of inbound texts over three days with what we have, number by number, and takes in
 * what is missing as if its webhook had found us. `found`: those that were taken in; `opt_outs`: of them, opt-outs, or a NO that ended a program;
 * `not_repaired`: texts that could not be taken. Safe to run anywhere, twice, or half. Rejects at the end where a list could not be read.
 */
export async function reconcile(
  desk: Desk,
  list: MessageList['listInbound'],
  goOn: () => boolean,
): Promise<Reconciled> {
  const counts = { listed: 0, found: 0, opt_outs: 0, not_repaired: 0 };
  const unread: unknown[] = [];
  for (const { number } of desk.catalog.current().book.senders) {
    if (!goOn()) break;
    const now = desk.now();
    try {
      const since = new Date(now.getTime() - WINDOW_MS);
      for await (const { listed } of listInParts(list, number, since, now)) {
        const { taken, failures } = await takeMissing(desk, number, listed);
        counts.listed += listed.length;
        counts.found += taken.length;
        for (const one of taken) counts.opt_outs += (await isOptOut(desk, one)) ? 1 : 0;
        counts.not_repaired += failures.length;
        if (!goOn()) break;
      }
    } catch (error) {
      unread.push(error);
    }
  }
  if (unread.length > 0) throw new DoneInPart(counts, unread[0]);
  return counts;
}

/** What a NO closed, only the rows that it raised tell. */
async function isOptOut(desk: Desk, message: InboundMessage): Promise<boolean> {
  const reading = readingOf(message, desk.catalog.current());
  if (scopesOf(reading).length > 0) return true;
  if (!mayClose(reading.kind)) return false;
  const rows = await findSuppressions(desk.store, [desk.indexOf(message.from)]);
  return closedAt(rows, message.receivedAt).length > 0;
}
