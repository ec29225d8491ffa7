import { Schema } from 'mongoose';
import type { Language } from '../../domain/program.ts';
import type { Media } from '../../domain/templates/check-template.ts';
import { type Database, defineModel, STRICT_SCHEMA } from '../collection.ts';

/** A template: its text in each language, to be merged with a person's fields. */
export type MessageTemplateDoc = {
  _id: string;
  program: string;
  texts: Partial<Record<Language, string>>;
  /** The media files; absent where there are none. */
  media?: Media[];
  /** Archived: hidden from lists, and refused in anything new. Absent: not archived. */
  archived?: true;
  /** Grows with every change of the words. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

export const templates = defineModel<MessageTemplateDoc>()(
  'templates',
  new Schema(
    {
      _id: String,
      program: { type: String, required: true },
      texts: { type: Schema.Types.Mixed, required: true },
      media: { type: [Schema.Types.Mixed], default: undefined },
      archived: Boolean,
      version: { type: Number, required: true },
      createdAt: { type: Date, required: true },
      updatedAt: { type: Date, required: true },
    },
    { ...STRICT_SCHEMA, minimize: false },
  ),
  {},
);

export async function findMessageTemplate(
  database: Database,
  id: string,
): Promise<MessageTemplateDoc | null> {
  return templates.model(database).findById(id).lean<MessageTemplateDoc>();
}

/** One page of templates in id order: the archived ones, or all others. */
export async function pageMessageTemplates(
  database: Database,
  page: { archived: boolean; after: string | null; limit: number },
): Promise<MessageTemplateDoc[]> {
  const filter = {
    archived: page.archived ? { $eq: true as const } : { $exists: false },
    ...(page.after === null ? {} : { _id: { $gt: page.after } }),
  };
  return templates
    .model(database)
    .find(filter)
    .sort({ _id: 1 })
    .limit(page.limit)
    .lean<MessageTemplateDoc[]>();
}

/**
 * Replaces the template `before`, or adds one where `before` is null. Returns null where another writer changed,
 * archived or restored it since, or added one with the same id.
 */
export async function writeMessageTemplate(
  database: Database,
  before: MessageTemplateDoc | null,
  next: Pick<MessageTemplateDoc, '_id' | 'program' | 'texts' | 'media'>,
  at: Date,
): Promise<MessageTemplateDoc | null> {
  const { _id } = next;
  if (before === null) {
    const added = { ...next, version: 1, createdAt: at, updatedAt: at };
    const { upsertedCount } = await templates
      .model(database)
      .updateOne({ _id }, { $setOnInsert: added }, { upsert: true, runValidators: true });
    return upsertedCount === 1 ? added : null;
  }
  const { version, createdAt, archived } = before;
  const kept = archived === undefined ? {} : { archived };
  const saved = { ...next, ...kept, version: version + 1, createdAt, updatedAt: at };
  // Archiving changes no version, and this write must not undo what was archived or restored since.
  const asRead = { _id, version, archived: archived === undefined ? { $exists: false } : archived };
  const { matchedCount } = await templates.model(database).replaceOne(asRead, saved);
  return matchedCount === 1 ? saved : null;
}

/** Archives a template, or restores it. Null when there is none. */
export async function archiveMessageTemplate(
  database: Database,
  _id: string,
  archived: boolean,
): Promise<MessageTemplateDoc | null> {
  const update = archived ? { $set: { archived } } : { $unset: { archived: '' } };
  return templates
    .model(database)
    .findOneAndUpdate({ _id }, update, { returnDocument: 'after' })
    .lean<MessageTemplateDoc>();
}

/** False where there was none. */
export async function deleteMessageTemplate(database: Database, _id: string): Promise<boolean> {
  return (await templates.model(database).deleteOne({ _id })).deletedCount === 1;
}

/**
 * A contact whose number belongs to staff, to whom tests may be sent. The mark is no consent: the gate still
 * requires that.
 */
export type TestRecipientDoc = {
  /** The contact's id, so the mark does not pass to a new holder of the number. */
  _id: string;
  name: string;
  /** Id of the API key that set the mark. */
  markedBy: string;
  markedAt: Date;
};

export const testRecipients = defineModel<TestRecipientDoc>()(
  'testRecipients',
  new Schema(
    {
      _id: String,
      name: { type: String, required: true },
      markedBy: { type: String, required: true },
      markedAt: { type: Date, required: true },
    },
    STRICT_SCHEMA,
  ),
  {},
);

/** All test recipients in id order; typically some dozens. */
export async function readTestRecipients(database: Database): Promise<TestRecipientDoc[]> {
  return testRecipients.model(database).find().sort({ _id: 1 }).lean<TestRecipientDoc[]>();
}

export async function isTestRecipient(database: Database, contact: string): Promise<boolean> {
  return (await testRecipients.model(database).exists({ _id: contact })) !== null;
}

/** Marks a test recipient, or renames one. */
export async function markTestRecipient(
  database: Database,
  recipient: TestRecipientDoc,
): Promise<TestRecipientDoc> {
  const { _id, ...said } = recipient;
  return testRecipients
    .model(database)
    .findOneAndUpdate({ _id }, { $set: said }, { upsert: true, returnDocument: 'after', runValidators: true })
    .lean<TestRecipientDoc>()
    .orFail();
}

/** Removes the mark. False where there was none. */
export async function unmarkTestRecipient(database: Database, contact: string): Promise<boolean> {
  const { deletedCount } = await testRecipients.model(database).deleteOne({ _id: contact });
  return deletedCount === 1;
}
