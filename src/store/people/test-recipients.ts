import { Schema } from 'mongoose';
import type { Store } from '../store.ts';

/** A contact whose number belongs to staff, who may be sent tests. Consent it is none: the gate asks for that. */
export type TestRecipientDoc = {
  /** Id of the contact: a number that gets a new holder is marked no more. */
  _id: string;
  name: string;
  /** Id of the API key that marked it. */
  markedBy: string;
  markedAt: Date;
};

export const testRecipientSchema = new Schema(
  {
    _id: String,
    name: { type: String, required: true },
    markedBy: { type: String, required: true },
    markedAt: { type: Date, required: true },
  },
  { collection: 'testRecipients', strict: 'throw', versionKey: false, autoIndex: false },
);

/** All, in the order of their ids: there are some dozens. */
export async function readTestRecipients(store: Store): Promise<TestRecipientDoc[]> {
  return store.models.testRecipients.find().sort({ _id: 1 }).lean<TestRecipientDoc[]>();
}

export async function isTestRecipient(store: Store, contact: string): Promise<boolean> {
  return (await store.models.testRecipients.exists({ _id: contact })) !== null;
}

/** Marks, or names anew whom is marked. */
export async function markTestRecipient(
  store: Store,
  recipient: TestRecipientDoc,
): Promise<TestRecipientDoc> {
  const { _id, ...said } = recipient;
  return store.models.testRecipients
    .findOneAndUpdate({ _id }, { $set: said }, { upsert: true, returnDocument: 'after', runValidators: true })
    .lean<TestRecipientDoc>()
    .orFail();
}

/** False where it was not marked. */
export async function unmarkTestRecipient(store: Store, contact: string): Promise<boolean> {
  const { deletedCount } = await store.models.testRecipients.deleteOne({ _id: contact });
  return deletedCount === 1;
}
