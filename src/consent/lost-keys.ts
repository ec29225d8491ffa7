import { expireHold } from '../domain/consent/holds.ts';
import { grouped } from '../domain/grouped.ts';
import { type Change, commitChanges, StaleRead } from '../store/consent/commit.ts';
import { findSuppressions, type SuppressionDoc } from '../store/consent/suppressions.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { changedRows, personOf } from '../store/contacts/open-contact.ts';
import { isClosed, isWrappedByOthers } from '../store/sealing/keys.ts';
import { lostAmong } from '../store/startup-checks.ts';
import type { AppContext } from './app-context.ts';

/** Time that the write about one person may take, ms. */
const BUDGET_MS = 6000;

/** Of some holders those whom no process opens again. */
export function lostHolders(desk: AppContext, holders: readonly ContactDoc[]): Promise<ContactDoc[]> {
  const closed = holders.filter(({ sealed, keys }) => sealed !== null && isWrappedByOthers(desk.ring, keys));
  return lostAmong(desk.store, closed);
}

/**
 * Ends in opt-out what nobody decided in time of people whose keys are lost: the rows of the number alone, for nobody can
 * write in such a ledger any more. Returns how many it wrote; of whoever was written meanwhile the next run does it.
 */
export async function endLostHolds(desk: AppContext, lost: readonly ContactDoc[]): Promise<number> {
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

async function commit({ store, ledgerKeys, log }: AppContext, change: Change): Promise<boolean> {
  try {
    await commitChanges(store, [change], { budgetMs: BUDGET_MS, ledgerKeys });
  } catch (error) {
    if (error instanceof StaleRead) return false;
    throw error;
  }
  log.warn({ contact: change.contact._id }, 'a hold of somebody whose key is lost ended in opt-out');
  return true;
}

/**
 * What a job does for one contact; null, and a line in the log, where the contact was erased or the keys of this process
 * cannot open it: they stay as they are, and keep nobody behind them waiting.
 */
export async function skipIfUnopenable<T>(
  { log }: AppContext,
  { job, contact: { _id: contact, sealed } }: { job: string; contact: ContactDoc },
  work: () => Promise<T>,
): Promise<T | null> {
  if (sealed === null) return null;
  try {
    return await work();
  } catch (error) {
    if (!isClosed(error)) throw error;
    log.error({ job, contact, kind: error.name }, 'a contact cannot be opened; the job goes on without it');
    return null;
  }
}
