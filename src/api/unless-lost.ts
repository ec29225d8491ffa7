import { isNotedLost } from '../store/sealing/key-ring.ts';
import { KeyMissing } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';
import { Problem } from './problem.ts';

/** What `ask` gives. Throws a `Problem` that is final where it met what was sealed by a key that is noted as lost. */
export async function unlessLost<T>(store: Store, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KeyMissing && error.by !== null && (await isNotedLost(store, error.by))) {
      throw new Problem('not-possible', LOST, { next_step: NEXT });
    }
    throw error;
  }
}

const LOST =
  'The key that sealed somebody whom this is about is lost for good: nothing of theirs can be read again.';
const NEXT =
  'Whoever texts, signs up or is opted out by their number (POST /opt-outs) goes on under new keys, as a new contact.';
