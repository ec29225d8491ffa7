import { expirePrompts } from '../domain/consent/expiring.ts';
import { findExpiredPrompts } from '../store/contacts.ts';
import { openHolder } from '../store/holder.ts';
import { actByDoor } from './act-by-door.ts';
import type { Desk } from './desk.ts';

const BATCH = 200;

/** Closes prompts whose window is over, in the ledger too. Safe to run anywhere, twice, or half. Returns how many contacts it wrote. */
export async function expireDuePrompts(desk: Desk): Promise<number> {
  let written = 0;
  for (;;) {
    const due = await findExpiredPrompts(desk.store, desk.now(), BATCH);
    const results = await Promise.all(
      due.map((contact) => expireOne(desk, openHolder(desk.ring, contact, []).number)),
    );
    written += results.filter(Boolean).length;
    if (due.length < BATCH) return written;
  }
}

async function expireOne(desk: Desk, number: string): Promise<boolean> {
  const prepared = await actByDoor(desk, {
    number,
    channel: 'VIA_TEXT',
    from: null,
    actor: 'job:expire-prompts',
    rules: 'expiry-1',
    personal: {},
    alone: false,
    decide: (before, now) => {
      const { person, events } = expirePrompts(before, now);
      return events.length === 0 ? null : { person, events, replies: [] };
    },
  });
  return prepared !== null;
}
