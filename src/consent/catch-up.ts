import type { ListedInbound } from '../sending/message-list.ts';
import { isDatabaseAway } from '../store/database-failure.ts';
import { findInbound } from '../store/inbound.ts';
import { readMark, writeMark } from '../store/marks.ts';
import type { Desk } from './desk.ts';
import { type InboundMessage, readingOf } from './inbound-message.ts';
import { scopesOf } from './scopes.ts';
import { take } from './take-in.ts';

/** How far each look goes back before the last one, ms: webhooks and lists arrive late. */
const OVERLAP_MS = 600_000;

/** How far the first look goes back, ms. */
const FIRST_LOOK_MS = 86_400_000;

/** Younger texts may still be on their way by webhook, which can answer them at once; an opt-out is not left waiting. */
const WEBHOOK_GRACE_MS = 20_000;

/**
 * Texts the carrier has and we do not: its webhook found nobody. They go through the same use-case, judged by when
 * they came. Returns how many were unknown. Every number is looked at; rejects at the end where a list could not be
 * read or a text not be taken, and the mark of its number stays.
 */
export async function catchUp(
  desk: Desk,
  listInbound: (to: string, since: Date) => Promise<ListedInbound[]>,
): Promise<number> {
  const failures: unknown[] = [];
  let found = 0;
  for (const { number } of desk.catalog.current().book.senders) {
    try {
      found += await catchUpOn(desk, number, listInbound);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return found;
}

async function catchUpOn(
  desk: Desk,
  number: string,
  listInbound: (to: string, since: Date) => Promise<ListedInbound[]>,
): Promise<number> {
  const id = `inbound list ${number}`;
  const mark = await readMark(desk.store, id);
  const now = desk.now();
  const since = new Date((mark?.at.getTime() ?? now.getTime() - FIRST_LOOK_MS) - OVERLAP_MS);
  const { missing, failures } = await takeMissing(desk, await listInbound(number, since), now);
  if (failures.length > 0) throw failures[0];
  await writeMark(desk.store, { _id: id, at: now, value: null });
  return missing.length;
}

export type Missing = { missing: InboundMessage[]; failures: unknown[] };

/** Takes in what of a list we have not. Rejects where the database is away; what else could not be taken is told. */
export async function takeMissing(desk: Desk, listed: readonly ListedInbound[], now: Date): Promise<Missing> {
  const due = listed.map(messageFrom).filter((one) => isDue(one, desk, now));
  const missing = await unknownOf(desk, due);
  const failures: unknown[] = [];
  for (const one of missing) {
    await take(desk, one).catch((error: unknown) => {
      if (isDatabaseAway(error)) throw error;
      failures.push(error);
    });
  }
  return { missing, failures };
}

function isDue(message: InboundMessage, desk: Desk, now: Date): boolean {
  if (message.receivedAt.getTime() <= now.getTime() - WEBHOOK_GRACE_MS) return true;
  return scopesOf(readingOf(message, desk.catalog.current())).length > 0;
}

/** In the order they came; the list, newest first, has whole seconds only. */
async function unknownOf(desk: Desk, listed: InboundMessage[]): Promise<InboundMessage[]> {
  const known = new Set(
    (
      await findInbound(
        desk.store,
        listed.map((one) => one.sid),
      )
    ).map((one) => one._id),
  );
  return listed
    .filter((one) => !known.has(one.sid))
    .sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
}

function messageFrom(one: ListedInbound): InboundMessage {
  const { sid, from, to, body } = one;
  const form = { MessageSid: sid, From: from, To: to, Body: body };
  const odd = { otherBodies: [], optOutType: null };
  return { sid, from, to, body, ...odd, receivedAt: one.sentAt, door: 'list', form };
}
