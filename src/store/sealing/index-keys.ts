import { claimMark, readMark } from '../marks.ts';
import { findOpenable } from '../people/contacts.ts';
import { openHolder, unlessClosed } from '../people/holder.ts';
import type { Store } from '../store.ts';
import { blindIndex, type IndexKeys, type KeyRing } from './keys.ts';

const MARK = 'blind index keys';

/** What is hashed in the place of a number: no number reads like it. */
const CHECK = 'check of the keys';

/** Contacts that are tried for one that this process can open, in a database without a mark. */
const TRIED = 20;

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
 * value in it, which every later start must come to; where people are there without one, one of them is the check.
 */
export async function refuseOtherIndexKeys(
  store: Store,
  { ring, keys }: { ring: KeyRing; keys: IndexKeys },
  now: () => Date,
): Promise<void> {
  const check = blindIndex(keys, CHECK);
  const standing = await readMark(store, MARK);
  if (standing === null && !(await fitsPeople(store, ring, keys))) return;
  const { value } = standing ?? (await claimMark(store, { _id: MARK, at: now(), value: check }));
  if (value !== check) throw new IndexKeysDiffer();
}

/** Throws `IndexKeysDiffer` where the database has a check value and these keys do not come to it. Leaves none. */
export async function refuseKeysUnlikeMark(store: Store, keys: IndexKeys): Promise<void> {
  const standing = await readMark(store, MARK);
  if (standing !== null && standing.value !== blindIndex(keys, CHECK)) throw new IndexKeysDiffer();
}

/** False where there are people and none of them can be opened: then nothing is known of the keys. Throws `IndexKeysDiffer`. */
async function fitsPeople(store: Store, ring: KeyRing, keys: IndexKeys): Promise<boolean> {
  const people = await findOpenable(store, TRIED);
  for (const stored of people) {
    const holder = unlessClosed(() => openHolder(ring, stored, []));
    if (holder === null) continue;
    if (blindIndex(keys, holder.number) !== stored.index) throw new IndexKeysDiffer();
    return true;
  }
  return people.length === 0;
}
