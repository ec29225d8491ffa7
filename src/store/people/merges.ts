import type { ClientSession } from 'mongodb';
import { Schema } from 'mongoose';
import type { Link } from '../../domain/merging/people.ts';
import type { Store } from '../store.ts';
import type { ContactDoc } from './contacts.ts';

/** That two contacts were said to be one person, or that this was taken back. Only ever added. */
export type MergeDoc = {
  _id: string;
  contacts: Link;
  /** The person it made, or took apart. */
  person: string;
  /** Of one that takes a merge back: that merge. */
  undoes?: string;
  /** Id of the API key; "lost key" where a contact took the place of one whose key is lost. */
  by: string;
  reason: string;
  at: Date;
};

export const mergeSchema = new Schema(
  {
    _id: String,
    contacts: { type: [String], required: true },
    person: { type: String, required: true },
    undoes: String,
    by: { type: String, required: true },
    reason: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { collection: 'merges', strict: 'throw', versionKey: false, autoIndex: false },
);
mergeSchema.index({ contacts: 1 }, { name: 'of-contact' });
// A merge is taken back once, whoever else tries.
mergeSchema.index({ undoes: 1 }, { unique: true, sparse: true, name: 'undone' });

export async function insertMerge(store: Store, merge: MergeDoc, session: ClientSession): Promise<void> {
  await store.merges.insertOne(merge, { session });
}

/** That a contact goes on as the person of one whose number it took over; null where it does not. */
export function mergeOfSuccessor(
  { _id, personId, createdAt }: ContactDoc,
  former: ContactDoc,
): MergeDoc | null {
  if (personId === undefined || personId !== former.personId) return null;
  const reason = 'The number went on under new keys: those that sealed it are lost.';
  const contacts: Link = [former._id, _id];
  return { _id: `m_${_id.slice(2)}`, contacts, person: personId, by: 'lost key', reason, at: createdAt };
}

/** A merge, and what took it back. */
export type Merge = MergeDoc & { undone: MergeDoc | null };

/** Every merge that touched some contacts, those taken back too; oldest first. */
export async function mergesOf(
  store: Store,
  contacts: readonly string[],
  session?: ClientSession,
): Promise<Merge[]> {
  const filter = { contacts: { $in: [...contacts] } };
  const rows = await store.merges
    .find(filter, session ? { session } : {})
    .sort({ at: 1, _id: 1 })
    .toArray();
  const undone = new Map(
    rows.flatMap((row) => (row.undoes === undefined ? [] : [[row.undoes, row] as const])),
  );
  return rows
    .filter((row) => row.undoes === undefined)
    .map((row) => ({ ...row, undone: undone.get(row._id) ?? null }));
}
