import type { ListedInbound } from '../sending/carrier.ts';
import { findInbound } from '../store/inbound.ts';
import { readMark, writeMark } from '../store/marks.ts';
import type { Desk } from './desk.ts';
import type { InboundMessage } from './inbound-message.ts';
import { take } from './take-in.ts';

/** How far each look goes back before the last one, ms: webhooks and lists arrive late. */
const OVERLAP_MS = 600_000;

/** How far the first look goes back, ms. */
const FIRST_LOOK_MS = 86_400_000;

/** Younger texts may still be on their way by webhook, which can answer them; an opt-out is never left waiting. */
const WEBHOOK_GRACE_MS = 20_000;

/**
 * Texts the carrier has and we do not: its webhook found nobody. They go through the same use-case, judged by when
 * they came. Returns how many were unknown. Rejects where the list could not be read; the mark then stays.
 */
export async function catchUp(
  desk: Desk,
  listInbound: (to: string, since: Date) => Promise<ListedInbound[]>,
): Promise<number> {
  let found = 0;
  for (const { number } of desk.catalog.current().book.senders) {
    const id = `inbound list ${number}`;
    const mark = await readMark(desk.store, id);
    const now = desk.now();
    const since = new Date((mark?.at.getTime() ?? now.getTime() - FIRST_LOOK_MS) - OVERLAP_MS);
    const listed = await listInbound(number, since);
    const young = now.getTime() - WEBHOOK_GRACE_MS;
    const missing = await unknownOf(
      desk,
      listed.filter((one) => one.sentAt.getTime() <= young),
    );
    for (const one of missing) await take(desk, messageFrom(one));
    found += missing.length;
    await writeMark(desk.store, { _id: id, at: now, value: null });
  }
  return found;
}

async function unknownOf(desk: Desk, listed: ListedInbound[]): Promise<ListedInbound[]> {
  const known = new Set(
    (
      await findInbound(
        desk.store,
        listed.map((one) => one.sid),
      )
    ).map((one) => one._id),
  );
  return listed.filter((one) => !known.has(one.sid)).sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime());
}

function messageFrom(one: ListedInbound): InboundMessage {
  const { sid, from, to, body } = one;
  const form = { MessageSid: sid, From: from, To: to, Body: body };
  const odd = { otherBodies: [], optOutType: null };
  return { sid, from, to, body, ...odd, receivedAt: one.sentAt, door: 'list', form };
}
