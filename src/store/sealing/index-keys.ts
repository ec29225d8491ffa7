import { claimMark, readMark } from '../marks.ts';
import type { Store } from '../store.ts';
import { blindIndex, type IndexKeys } from './keys.ts';

const MARK = 'blind index keys';

/** What is hashed in the place of a number: no number reads like it. */
const CHECK = 'check of the keys';

/** The keys are others than those that the stored numbers are found by. Says nothing of either. */
export class IndexKeysDiffer extends Error {
  override name = 'IndexKeysDiffer';
  constructor() {
    super(
      'BLIND_INDEX_KEY is not the key that this database was filled with. Nobody in it would be found, so that whoever ' +
        'said STOP would be a stranger and be texted. Start with the key it had; there is no way to change it yet.',
    );
  }
}

/**
 * Throws `IndexKeysDiffer` where stored numbers are found by other keys. The first start on a database leaves a check
 * value in it, which every later start must come to.
 */
export async function refuseOtherIndexKeys(store: Store, keys: IndexKeys, now: () => Date): Promise<void> {
  const check = blindIndex(keys, CHECK);
  const { value } = await claimMark(store, { _id: MARK, at: now(), value: check });
  if (value !== check) throw new IndexKeysDiffer();
}

/** Throws `IndexKeysDiffer` where the database has a check value and these keys do not come to it. Leaves none. */
export async function refuseKeysUnlikeMark(store: Store, keys: IndexKeys): Promise<void> {
  const standing = await readMark(store, MARK);
  if (standing !== null && standing.value !== blindIndex(keys, CHECK)) throw new IndexKeysDiffer();
}
