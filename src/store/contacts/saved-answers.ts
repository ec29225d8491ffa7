import type { Language } from '../../domain/program.ts';
import { type Database, defineCollection } from '../collection.ts';

/** An answer that staff sends often. It is about nobody, so its words are kept in the clear. */
export type SavedAnswerDoc = {
  /** Chosen by whoever saved it first. */
  _id: string;
  title: string;
  /** The words in each language that has some. */
  texts: Partial<Record<Language, string>>;
  /** Null: the answer fits every program. */
  program: string | null;
  savedAt: Date;
  /** Who saved it last: "staff:rosa", "key:ab12". */
  savedBy: string;
};

export const savedAnswers = defineCollection<SavedAnswerDoc>()('savedAnswers', {});

/** Saved answers in the order of their ids, after one of them. */
export const pageSavedAnswers = (
  database: Database,
  after: string | null,
  limit: number,
): Promise<SavedAnswerDoc[]> =>
  savedAnswers(database)
    .find(after === null ? {} : { _id: { $gt: after } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();

export const findSavedAnswer = (database: Database, id: string): Promise<SavedAnswerDoc | null> =>
  savedAnswers(database).findOne({ _id: id });

/** Stores an answer, in the place of the one with the same id. */
export async function putSavedAnswer(database: Database, { _id, ...fields }: SavedAnswerDoc): Promise<void> {
  await savedAnswers(database).replaceOne({ _id }, fields, { upsert: true });
}

/** False when there is none. */
export async function removeSavedAnswer(database: Database, id: string): Promise<boolean> {
  const { deletedCount } = await savedAnswers(database).deleteOne({ _id: id });
  return deletedCount === 1;
}
