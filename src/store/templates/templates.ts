import { Schema } from 'mongoose';
import type { Language } from '../../domain/program.ts';
import type { Media } from '../../domain/templates/check-template.ts';
import type { Store } from '../store.ts';

/** What someone wrote to be merged with a person's fields, in each language it is sent in. */
export type MessageTemplateDoc = {
  _id: string;
  program: string;
  texts: Partial<Record<Language, string>>;
  /** What is shown beside the words; absent where nothing is. */
  media?: Media[];
  /** Raised by every change of its words. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

export const messageTemplateSchema = new Schema(
  {
    _id: String,
    program: { type: String, required: true },
    texts: { type: Schema.Types.Mixed, required: true },
    media: { type: [Schema.Types.Mixed], default: undefined },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'templates', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);

export async function findMessageTemplate(store: Store, id: string): Promise<MessageTemplateDoc | null> {
  return store.models.templates.findById(id).lean<MessageTemplateDoc>();
}

/** One page in the order of their ids. */
export async function pageMessageTemplates(
  store: Store,
  page: { after: string | null; limit: number },
): Promise<MessageTemplateDoc[]> {
  const filter = page.after === null ? {} : { _id: { $gt: page.after } };
  return store.models.templates.find(filter).sort({ _id: 1 }).limit(page.limit).lean<MessageTemplateDoc[]>();
}

/**
 * Writes the words of a template that stands at `before`; null adds it. Null where someone else wrote it since, or
 * added one of the same id.
 */
export async function writeMessageTemplate(
  store: Store,
  before: MessageTemplateDoc | null,
  next: Pick<MessageTemplateDoc, '_id' | 'program' | 'texts' | 'media'>,
  at: Date,
): Promise<MessageTemplateDoc | null> {
  const { _id } = next;
  if (before === null) {
    const added = { ...next, version: 1, createdAt: at, updatedAt: at };
    const { upsertedCount } = await store.models.templates.updateOne(
      { _id },
      { $setOnInsert: added },
      { upsert: true, runValidators: true },
    );
    return upsertedCount === 1 ? added : null;
  }
  const { version, createdAt } = before;
  const saved = { ...next, version: version + 1, createdAt, updatedAt: at };
  const { matchedCount } = await store.models.templates.replaceOne({ _id, version }, saved);
  return matchedCount === 1 ? saved : null;
}

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
