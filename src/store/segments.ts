import { Schema } from 'mongoose';
import type { Tree } from '../domain/segments/tree.ts';
import { type Database, defineModel, STRICT_SCHEMA } from './collection.ts';

/** A saved segment. Its members are computed each time the segment is read. */
export type SegmentDoc = {
  _id: string;
  name: string;
  tree: Tree;
  /** Archived: hidden from lists, and refused in anything new. Absent: not archived. */
  archived?: true;
  createdAt: Date;
  updatedAt: Date;
};

export const segments = defineModel<SegmentDoc>()(
  'segments',
  new Schema(
    {
      _id: String,
      name: { type: String, required: true },
      tree: { type: Schema.Types.Mixed, required: true },
      archived: Boolean,
      createdAt: { type: Date, required: true },
      updatedAt: { type: Date, required: true },
    },
    { ...STRICT_SCHEMA, minimize: false },
  ),
  {},
);

/** All segments in the order of their ids: an installation has some dozens. */
export async function readSegments(database: Database): Promise<SegmentDoc[]> {
  return segments.model(database).find().sort({ _id: 1 }).lean<SegmentDoc[]>();
}

export async function writeSegment(
  database: Database,
  { _id, name, tree }: Pick<SegmentDoc, '_id' | 'name' | 'tree'>,
  at: Date,
): Promise<SegmentDoc> {
  return segments
    .model(database)
    .findOneAndUpdate(
      { _id },
      { $set: { name, tree, updatedAt: at }, $setOnInsert: { createdAt: at } },
      { upsert: true, returnDocument: 'after', runValidators: true },
    )
    .lean<SegmentDoc>()
    .orFail();
}

/** False where there was none. */
export async function deleteSegment(database: Database, _id: string): Promise<boolean> {
  return (await segments.model(database).deleteOne({ _id })).deletedCount === 1;
}

/** Archives a segment, or restores it. Null when there is none. */
export async function archiveSegment(
  database: Database,
  _id: string,
  archived: boolean,
  at: Date,
): Promise<SegmentDoc | null> {
  const update = archived
    ? { $set: { archived, updatedAt: at } }
    : { $set: { updatedAt: at }, $unset: { archived: '' } };
  return segments
    .model(database)
    .findOneAndUpdate({ _id }, update, { returnDocument: 'after' })
    .lean<SegmentDoc>();
}
