import { Schema } from 'mongoose';
import type { Language } from '../../domain/program.ts';
import type { Media } from '../../domain/templates/media.ts';
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
