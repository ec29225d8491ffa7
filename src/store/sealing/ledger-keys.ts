import { randomUUID } from 'node:crypto';
import { claimMark, markedAs, readMark } from '../marks.ts';
import type { Store } from '../store.ts';
import { isEqual, type LedgerKeys, tagOf } from './entry-mac.ts';

const INSTALLATION = 'installation';
const CHECK = 'ledger key ';
const RETIRED = 'ledger key retired ';

/** LEDGER_KEY has another key by a name that signed this database, or signs by one that was retired. */
export class LedgerKeyDiffers extends Error {
  override name = 'LedgerKeyDiffers';
}

const another = (id: string): string =>
  `The key ${id} of LEDGER_KEY is not the ${id} that signed this database: what it signs would be a fault to whoever has the right one. Start with the key it had; a new key takes a new name and goes to the front.`;

const retiredKey = (id: string): string =>
  `The key ${id}, the first of LEDGER_KEY, was retired: what it signs is a fault. Put the key that took its place to the front.`;

/**
 * The ring with the installation that it signs for. The first start leaves the installation's name and a check of the active
 * key in the database, to which every later start must come. Throws `LedgerKeyDiffers`.
 */
export async function openLedgerKeys(
  store: Store,
  ring: Pick<LedgerKeys, 'active' | 'keys'>,
  now: () => Date,
): Promise<LedgerKeys> {
  const { active } = ring;
  const mark = await claimMark(store, { _id: INSTALLATION, at: now(), value: randomUUID() });
  const opened = { ...ring, installation: String(mark.value) };
  if ((await retiredVersions(store)).has(active)) throw new LedgerKeyDiffers(retiredKey(active));
  const check = tagOf(opened, active, ['check']);
  const { value } = await claimMark(store, { _id: CHECK + active, at: now(), value: check });
  if (!isEqual(check, String(value))) throw new LedgerKeyDiffers(another(active));
  return opened;
}

/** The ring with the installation that it signs for, to verify with. Writes nothing; a database that lost its name has no entry that fits. */
export async function readLedgerKeys(
  store: Store,
  ring: Pick<LedgerKeys, 'active' | 'keys'>,
): Promise<LedgerKeys> {
  return { ...ring, installation: String((await readMark(store, INSTALLATION))?.value ?? '') };
}

/** Names of the keys that were retired: none of their entries counts but what an attestation covers. */
export const retiredVersions = async (store: Store): Promise<ReadonlySet<string>> =>
  new Set(await markedAs(store, RETIRED));

/** Notes that a key signs nothing any more. */
export async function markRetired(store: Store, version: string, at: Date): Promise<void> {
  await claimMark(store, { _id: RETIRED + version, at, value: null });
}
