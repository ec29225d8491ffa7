import { Schema } from 'mongoose';
import type { Store } from './store.ts';

/** Small facts about the installation, such as which migrations ran or how far a list was read. */
export type Mark = { _id: string; at: Date; value: unknown };

export const markSchema = new Schema(
  { _id: String, at: { type: Date, required: true }, value: Schema.Types.Mixed },
  { collection: 'marks', strict: 'throw', versionKey: false, autoIndex: false },
);

export async function readSetting(store: Store, id: string): Promise<Mark | null> {
  return store.models.marks.findById(id).lean<Mark>();
}

export async function writeSetting(store: Store, mark: Mark): Promise<void> {
  await store.models.marks.updateOne({ _id: mark._id }, { at: mark.at, value: mark.value }, { upsert: true });
}

/** Creates a mark unless one exists, and returns the stored one. Of many concurrent calls one wins. */
export async function createSettingOnce(store: Store, { _id, ...mark }: Mark): Promise<Mark> {
  const change = { $setOnInsert: mark };
  const options = { upsert: true, returnDocument: 'after' as const };
  return (await store.marks.findOneAndUpdate({ _id }, change, options)) ?? { _id, ...mark };
}

/** Marks whose ids begin with `prefix`. The returned `id` is what follows the prefix. */
export async function marksOf(store: Store, prefix: string): Promise<{ id: string; value: unknown }[]> {
  const ids = { _id: { $gte: prefix, $lt: `${prefix}\u{10ffff}` } };
  const marks = await store.marks.find(ids).toArray();
  return marks.map(({ _id, value }) => ({ id: _id.slice(prefix.length), value }));
}

/** The ends of all mark ids that begin with `prefix`, sorted. */
export async function markedAs(store: Store, prefix: string): Promise<string[]> {
  return (await marksOf(store, prefix)).map(({ id }) => id).sort();
}
