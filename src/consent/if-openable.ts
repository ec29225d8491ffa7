import type { ContactDoc } from '../store/people/contacts.ts';
import { isClosed } from '../store/sealing/keys.ts';
import type { Desk } from './desk.ts';

/**
 * What a job does for one contact; null, and a line in the log, where the contact was erased or the keys of this process
 * cannot open it: they stay as they are, and keep nobody behind them waiting.
 */
export async function ifOpenable<T>(
  { log }: Desk,
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
