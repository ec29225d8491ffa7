import { expireHold } from '../domain/consent/holds.ts';
import { grouped } from '../domain/grouped.ts';
import { type Change, commitChanges, StaleRead } from '../store/consent/commit.ts';
import { findSuppressions, type SuppressionDoc } from '../store/consent/suppressions.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { changedRows, personOf } from '../store/contacts/open-contact.ts';
import { isClosed } from '../store/sealing/keys.ts';
import { closedAmong } from '../store/startup-checks.ts';
import type { AppContext } from './app-context.ts';

/** Time limit for the write about one contact, ms. */
const BUDGET_MS = 6000;

/** The holders that no process can open any more. */
export const lostHolders = async (
  context: Pick<AppContext, 'ring' | 'store'>,
  holders: readonly ContactDoc[],
): Promise<ContactDoc[]> => (await closedAmong(context, holders)).lost;

/**
 * Ends holds with an opt-out that nobody decided in time, for contacts whose keys are lost. Only the suppressions of
 * the number are written, because nobody can write to such a ledger. Returns how many were written. A contact that
 * changed meanwhile is left to the next run.
 */
export async function endLostHolds(context: AppContext, lost: readonly ContactDoc[]): Promise<number> {
  if (lost.length === 0) return 0;
  // Read after the contacts: a write in between is either read here or fails the check of the contact's revision.
  const rows = await findSuppressions(
    context.store,
    lost.map(({ index }) => index),
  );
  const byNumber = grouped(rows, ({ index }) => index);
  const changes = lost.flatMap(
    (contact) => changeOf(contact, byNumber.get(contact.index) ?? [], context.now()) ?? [],
  );
  const written = await Promise.all(changes.map((change) => commit(context, change)));
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

async function commit(
  { store, ledgerKeys, log }: Pick<AppContext, 'ledgerKeys' | 'log' | 'store'>,
  change: Change,
): Promise<boolean> {
  try {
    await commitChanges(store, [change], { budgetMs: BUDGET_MS, ledgerKeys });
  } catch (error) {
    if (error instanceof StaleRead) return false;
    throw error;
  }
  log.warn({ contact: change.contact._id }, 'a hold ended in an opt-out; the keys of the contact are lost');
  return true;
}

/**
 * Runs a job's work for one contact. Returns null, and logs, when the contact was erased or this process's keys
 * cannot open it: the contact stays as it is and does not block the others.
 */
export async function skipIfUnopenable<T>(
  { log }: Pick<AppContext, 'log'>,
  { job, contact: { _id: contact, sealed } }: { job: string; contact: ContactDoc },
  work: () => Promise<T>,
): Promise<T | null> {
  if (sealed === null) return null;
  try {
    return await work();
  } catch (error) {
    if (!isClosed(error)) throw error;
    log.error({ job, contact, kind: error.name }, 'a contact cannot be opened; the job skips the contact');
    return null;
  }
}
