import { expireHold } from '../domain/consent/questions/expiring.ts';
import { grouped } from '../domain/grouped.ts';
import { type Change, commitChanges, StaleRead } from '../store/consent/commit.ts';
import { findSuppressions, type SuppressionDoc } from '../store/consent/suppressions.ts';
import type { ContactDoc } from '../store/people/contacts.ts';
import { changedRows, personOf } from '../store/people/holder.ts';
import { lostAmong } from '../store/sealing/key-ring.ts';
import { isWrappedByOthers } from '../store/sealing/keys.ts';
import type { Desk } from './desk.ts';

/** Time that the write about one person may take, ms. */
const BUDGET_MS = 6000;

/** Of some holders those whom no process opens again. */
export function lostHolders(desk: Desk, holders: readonly ContactDoc[]): Promise<ContactDoc[]> {
  const closed = holders.filter(({ sealed, keys }) => sealed !== null && isWrappedByOthers(desk.ring, keys));
  return lostAmong(desk.store, closed);
}

/**
 * Ends in opt-out what nobody decided in time of people whose keys are lost: the rows of the number alone, for nobody can
 * write in such a ledger any more. Returns how many it wrote; of whoever was written meanwhile the next run does it.
 */
export async function endLostHolds(desk: Desk, lost: readonly ContactDoc[]): Promise<number> {
  if (lost.length === 0) return 0;
  // After the contacts: what is written meanwhile is read with it, or meets their revision.
  const rows = await findSuppressions(
    desk.store,
    lost.map(({ index }) => index),
  );
  const byNumber = grouped(rows, ({ index }) => index);
  const changes = lost.flatMap((one) => changeOf(one, byNumber.get(one.index) ?? [], desk.now()) ?? []);
  const written = await Promise.all(changes.map((change) => commit(desk, change)));
  return written.filter(Boolean).length;
}

function changeOf(before: ContactDoc, rows: SuppressionDoc[], now: Date): Change | null {
  const person = personOf(before, {}, rows);
  const expired = expireHold(person, now);
  if (expired === null) return null;
  const { lastOptOutAt, pausedUntil } = expired.person;
  return {
    contact: { ...before, rev: before.rev + 1, lastOptOutAt, pausedUntil },
    before,
    suppressions: changedRows(person, expired.person),
    ...{ inbound: null, events: [], deliveries: [] },
  };
}

async function commit({ store, ledgerKeys, log }: Desk, change: Change): Promise<boolean> {
  try {
    await commitChanges(store, [change], { budgetMs: BUDGET_MS, ledgerKeys });
  } catch (error) {
    if (error instanceof StaleRead) return false;
    throw error;
  }
  log.warn({ contact: change.contact._id }, 'a hold of somebody whose key is lost ended in opt-out');
  return true;
}
