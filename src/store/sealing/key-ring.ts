import { claimMark, marksOf } from '../marks.ts';
import { unlessClosed } from '../people/holder.ts';
import { drawByKey, type SealedBy } from '../people/sealed-by.ts';
import type { Store } from '../store.ts';
import { type HolderKeys, type KeyRing, openByRing, openHolderKey, sealByRing, wrappersOf } from './keys.ts';

/** How the marks of keys that seal begin; the key's name follows. */
const MARK = 'key ring ';

/** Where the check of a key is sealed, and what it says. */
const PLACE = 'marks:key ring';
const CHECK = 'check of the key';

/** Value of the mark of a key that is lost for good, which the operator writes. */
const LOST = 'lost';

/** Contacts that are tried of a key that was noted as lost. */
const TRIED = 20;

/** KEYRING lacks a key that sealed part of the database, or has another one by its name. */
export class KeyRingDiffers extends Error {
  override name = 'KeyRingDiffers';
  constructor(id: string, what: keyof typeof DIFFERENCES) {
    super(DIFFERENCES[what](id));
  }
}

const DIFFERENCES = {
  missing: (id: string) =>
    `KEYRING lacks the key ${id}, which sealed a part of this database: a STOP of such a person could not be taken in, and no campaign would reach them. Append it at the end of KEYRING; where it is lost for good, docs/operations.md (Keys) has what to do.`,
  another: (id: string) =>
    `The key ${id} of KEYRING is not the ${id} that sealed this database. It would seal people under a false key, whom nobody opens again. Start with the key it had; a new key takes a new name.`,
  lost: (id: string) =>
    `The key ${id} is noted as lost, and the ${id} of KEYRING does not open whom it sealed. Take it out of KEYRING, or give the key that was lost; a new key takes a new name.`,
};

/**
 * Throws `KeyRingDiffers` where this ring does not open what was sealed. The key that seals leaves a check in the database at its
 * first start, sealed with itself, which every later ring must open.
 */
export async function refuseOtherKeyRing(store: Store, ring: KeyRing, now: () => Date): Promise<void> {
  await takeBackFound(store, ring, now);
  const standing = await marksOf(store, MARK);
  for (const { id, value } of standing) refuseUnlessOpen(ring, id, value);
  const { active } = ring;
  if (standing.some(({ id }) => id === active)) return;
  const mark = await claimMark(store, { _id: MARK + active, at: now(), value: checkBy(ring, active) });
  refuseUnlessOpen(ring, active, mark.value);
}

const checkBy = (ring: KeyRing, id: string): string =>
  sealByRing({ ...ring, active: id }, PLACE, CHECK).box.toString('base64');

/** A key that was noted as lost and opens whom it sealed is found: its check takes the note's place. Throws `KeyRingDiffers`. */
async function takeBackFound(store: Store, ring: KeyRing, now: () => Date): Promise<void> {
  const standing = await marksOf(store, MARK);
  const found = standing.filter(({ id, value }) => value === LOST && ring.keys.has(id));
  const drawn = found.length === 0 ? [] : await drawByKey(store, TRIED);
  for (const { id } of found) {
    const sealed = drawn.find(({ by }) => by === id);
    if (sealed === undefined || !opensMost(ring, sealed)) throw new KeyRingDiffers(id, 'lost');
    const check = { value: checkBy(ring, id), at: now() };
    await store.marks.updateOne({ _id: MARK + id, value: LOST }, { $set: check });
  }
}

/** Of some holders those whom no process opens again, by the operator's word: a key that they need is lost. */
export async function lostAmong<T extends { keys: HolderKeys }>(
  store: Store,
  holders: readonly T[],
): Promise<T[]> {
  const names = new Set(holders.flatMap(({ keys }) => wrappersOf(keys)));
  if (names.size === 0) return [];
  const marks = await store.marks
    .find({ _id: { $in: [...names].map((name) => MARK + name) }, value: LOST })
    .toArray();
  const lost = new Set(marks.map(({ _id }) => _id.slice(MARK.length)));
  return holders.filter(({ keys }) => wrappersOf(keys).some((name) => lost.has(name)));
}

/** Whether the operator noted that a key is lost for good. */
export const isNotedLost = async (store: Store, name: string): Promise<boolean> =>
  (await store.marks.findOne({ _id: MARK + name }))?.value === LOST;

function refuseUnlessOpen(ring: KeyRing, id: string, value: unknown): void {
  if (!ring.keys.has(id)) {
    if (value === LOST) return;
    throw new KeyRingDiffers(id, 'missing');
  }
  const box = Buffer.from(String(value), 'base64');
  const opened = unlessClosed(() => openByRing(ring, PLACE, { by: id, box }));
  if (opened?.toString('utf8') !== CHECK) throw new KeyRingDiffers(id, 'another');
}

/** A key that was false for a while sealed few: the one that most were sealed by is the key. */
function opensMost(ring: KeyRing, { people }: SealedBy): boolean {
  const opens = people.filter(
    ({ _id, keys }) => unlessClosed(() => openHolderKey(ring, _id, keys, 'profile')) !== null,
  );
  return opens.length * 2 >= people.length;
}
