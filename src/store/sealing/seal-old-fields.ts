import { isKeptSealed } from '../../domain/audience/profile.ts';
import { readContactFields } from '../people/contact-fields.ts';
import type { ContactDoc } from '../people/contacts.ts';
import { unlessClosed } from '../people/holder.ts';
import type { Store } from '../store.ts';
import { KeyMissing, type KeyRing, openHolderKey } from './keys.ts';
import { sealValue } from './sealed-fields.ts';

const PAGE = 500;

/**
 * Seals values of own fields that are kept sealed, from before they were. Twice is as good as once, and no value told
 * meanwhile is undone. Of a contact that the ring cannot open they stay as they are: neither a segment nor a template
 * reaches them, and the keys may come back. Throws `KeyMissing` where there are such values and no ring, or it opens none of them.
 */
export async function sealOldFields(store: Store, ring: KeyRing | null): Promise<void> {
  const names = (await readContactFields(store)).filter(isKeptSealed).map(({ name }) => name);
  if (names.length === 0) return;
  const $or = names.map((name) => ({ [pathOf(name)]: { $type: 'string' } }));
  const seen = { sealed: 0, closed: 0 };
  for (let after = ''; ; ) {
    const found = await store.contacts
      .find({ _id: { $gt: after }, $or } as object, { hint: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    const last = found.at(-1);
    if (last === undefined) break;
    if (ring === null)
      throw new KeyMissing('own fields are to be sealed: run npm run migrate with KEYRING set');
    after = last._id;
    const writes = found.map((one) => unlessClosed(() => sealingsOf(ring, one, names)));
    const opened = writes.flatMap((some) => (some === null ? [] : [some]));
    seen.sealed += opened.length;
    seen.closed += found.length - opened.length;
    if (opened.length > 0) await store.contacts.bulkWrite(opened.flat() as never, { ordered: false });
  }
  if (seen.sealed === 0 && seen.closed > 0)
    throw new KeyMissing('KEYRING opens none of the contacts whose own fields are to be sealed');
}

const pathOf = (name: string): string => `profile.fields.${name}`;

function sealingsOf(ring: KeyRing, { _id, keys, profile }: ContactDoc, names: readonly string[]) {
  const key = openHolderKey(ring, _id, keys, 'profile');
  return names.flatMap((name) => {
    const value = profile?.fields[name];
    if (typeof value !== 'string') return [];
    const box = sealValue(key, _id, name, value);
    return [
      { updateOne: { filter: { _id, [pathOf(name)]: value }, update: { $set: { [pathOf(name)]: box } } } },
    ];
  });
}
