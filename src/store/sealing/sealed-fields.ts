import type { FieldValue } from '../../domain/audience/profile.ts';
import type { StoredValue } from '../people/profiles.ts';
import { type HolderKeys, type KeyRing, openHolderKey } from './keys.ts';
import { seal, unseal } from './sealing.ts';

const placeOf = (contact: string, name: string): string => `contacts:${contact}:profile.fields.${name}`;

type Fields = Readonly<Record<string, FieldValue>>;
type StoredFields = Readonly<Record<string, StoredValue>>;

/** Own fields as people told them. Throws `KeyMissing` or `SealBroken` where one cannot be opened. */
export function openFields(
  ring: KeyRing,
  holder: { _id: string; keys: HolderKeys },
  stored: StoredFields,
): Record<string, FieldValue> {
  if (!Object.values(stored).some(Buffer.isBuffer)) return stored as Record<string, FieldValue>;
  const key = openHolderKey(ring, holder._id, holder.keys, 'profile');
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name, opened(key, holder._id, name, value)]),
  );
}

const opened = (key: Buffer, contact: string, name: string, value: StoredValue): FieldValue =>
  Buffer.isBuffer(value) ? unseal(key, placeOf(contact, name), value).toString('utf8') : value;

/** `sealed`: names of fields that are kept so. `before`: the same person as read, whose boxes stay where their value does. */
export function sealFields(
  { key, contact, sealed }: { key: Buffer; contact: string; sealed: ReadonlySet<string> },
  fields: Fields,
  before: { fields: Fields; stored: StoredFields },
): Record<string, StoredValue> {
  const boxOf = (name: string, value: FieldValue): StoredValue => {
    const stored = before.stored[name];
    if (Buffer.isBuffer(stored) && before.fields[name] === value) return stored;
    return sealed.has(name) && typeof value === 'string' ? sealValue(key, contact, name, value) : value;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, boxOf(name, value)]));
}

/** One value of an own field, sealed under the profile key of the person. */
const sealValue = (key: Buffer, contact: string, name: string, value: string): Buffer =>
  seal(key, placeOf(contact, name), value);
