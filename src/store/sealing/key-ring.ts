import { claimMark, marksOf } from '../marks.ts';
import { findOpenable } from '../people/contacts.ts';
import { unlessClosed } from '../people/holder.ts';
import type { Store } from '../store.ts';
import { type KeyRing, openByRing, openHolderKey, sealByRing } from './keys.ts';

/** How the marks of keys that seal begin; the key's name follows. */
const MARK = 'key ring ';

/** Where the check of a key is sealed, and what it says. */
const PLACE = 'marks:key ring';
const CHECK = 'check of the key';

/** Contacts that are tried in a database without a mark. */
const TRIED = 20;

/** KEYRING lacks a key that sealed part of the database, or has another one by its name. */
export class KeyRingDiffers extends Error {
  override name = 'KeyRingDiffers';
  constructor(id: string, what: 'missing' | 'another') {
    super(
      what === 'missing'
        ? `KEYRING lacks the key ${id}, which sealed a part of this database: a STOP of such a person could not be taken in, and no campaign would reach them. Append it at the end of KEYRING.`
        : `The key ${id} of KEYRING is not the ${id} that sealed this database. It would seal people under a false key, whom nobody opens again. Start with the key it had; a new key takes a new name.`,
    );
  }
}

/**
 * Throws `KeyRingDiffers` where this ring does not open what was sealed. The key that seals leaves a check in the database at its
 * first start, sealed with itself, which every later ring must open; where people are there without one, some of them are the check.
 */
export async function refuseOtherKeyRing(store: Store, ring: KeyRing, now: () => Date): Promise<void> {
  const standing = await marksOf(store, MARK);
  for (const { id, value } of standing) refuseUnlessOpen(ring, id, value);
  const marked = new Set(standing.map(({ id }) => id));
  const used = standing.length === 0 ? await openedBy(store, ring) : [];
  if (used === null) return;
  for (const id of new Set([ring.active, ...used])) {
    if (marked.has(id)) continue;
    const { box } = sealByRing({ ...ring, active: id }, PLACE, CHECK);
    const mark = await claimMark(store, { _id: MARK + id, at: now(), value: box.toString('base64') });
    refuseUnlessOpen(ring, id, mark.value);
  }
}

function refuseUnlessOpen(ring: KeyRing, id: string, value: unknown): void {
  if (!ring.keys.has(id)) throw new KeyRingDiffers(id, 'missing');
  const box = Buffer.from(String(value), 'base64');
  const opened = unlessClosed(() => openByRing(ring, PLACE, { by: id, box }));
  if (opened?.toString('utf8') !== CHECK) throw new KeyRingDiffers(id, 'another');
}

/** Which keys of the ring open some of the people who are there; null where there are people, and all by other keys. */
async function openedBy(store: Store, ring: KeyRing): Promise<string[] | null> {
  const people = await findOpenable(store, TRIED);
  const tried = new Map<string, boolean>();
  for (const { _id, keys } of people) {
    const by = keys.profile?.by;
    if (by === undefined || !ring.keys.has(by)) continue;
    const opens = unlessClosed(() => openHolderKey(ring, _id, keys, 'profile')) !== null;
    tried.set(by, opens || tried.get(by) === true);
  }
  for (const [id, opens] of tried) if (!opens) throw new KeyRingDiffers(id, 'another');
  return people.length > 0 && tried.size === 0 ? null : [...tried.keys()];
}
