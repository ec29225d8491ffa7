import { Schema } from 'mongoose';
import {
  FIELD_TYPES,
  type FieldDefinition,
  isKeptSealed,
  KEPT_SEALED,
} from '../../domain/audience/profile.ts';
import { isDuplicateKey } from '../database-failure.ts';
import type { Store } from '../store.ts';

/** An own field of the installation. `used`: a value of its type may stand with someone; never taken back. */
export type ContactFieldDoc = Omit<FieldDefinition, 'name'> & { _id: string; used: boolean };

export const contactFieldSchema = new Schema(
  {
    _id: String,
    type: { type: String, enum: FIELD_TYPES, required: true },
    label: { type: String, required: true },
    identifies: String,
    used: { type: Boolean, required: true },
  },
  { collection: 'contactFields', strict: 'throw', versionKey: false, autoIndex: false },
);

/** All definitions, in the order of their names. */
export async function readContactFields(store: Store): Promise<(FieldDefinition & { used: boolean })[]> {
  const rows = await store.contactFields.find().sort({ _id: 1 }).toArray();
  return rows.map(({ _id: name, ...rest }) => ({ name, ...rest }));
}

/** Of one type, and sealed or not: what stays once somebody has a value. */
const alike = ({ type, identifies }: Pick<FieldDefinition, 'type' | 'identifies'>) => ({
  type,
  identifies: isKeptSealed({ identifies }) ? { $in: [...KEPT_SEALED] } : { $nin: [...KEPT_SEALED] },
});

/**
 * False where the field is used with another type, or sealed and is not to be, or the reverse. One conditional write,
 * so that no value can come between.
 */
export async function writeContactField(
  store: Store,
  { name, type, label, identifies }: FieldDefinition,
): Promise<boolean> {
  try {
    await store.contactFields.updateOne(
      { _id: name, $or: [alike({ type, identifies }), { used: false }] },
      { $set: { type, label, identifies }, $setOnInsert: { used: false } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    // Nothing fitted, so it was to be added, and is there.
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Before the first value of a field is written: from now on its type stays, and that it is sealed or not. False where that changed meanwhile. */
export async function claimContactField(store: Store, field: FieldDefinition): Promise<boolean> {
  const filter = { _id: field.name, ...alike(field) };
  const { matchedCount } = await store.contactFields.updateOne(filter, { $set: { used: true } });
  return matchedCount === 1;
}
