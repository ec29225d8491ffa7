import { type Database, defineCollection } from '../collection.ts';
import { seal, unseal } from '../sealing/sealing.ts';

/** What a member of staff wrote down about a contact. Insert only. */
export type PersonNoteDoc = {
  _id: string;
  contact: string;
  at: Date;
  /** Who wrote it: "staff:rosa", "key:ab12". */
  by: string;
  /** The words, sealed under the profile key of the contact. */
  sealed: Buffer;
};

export const personNotes = defineCollection<PersonNoteDoc>()('personNotes', {
  'of-contact': { key: { contact: 1, at: -1, _id: -1 } },
});

const placeOf = (id: string): string => `personNotes:${id}:sealed`;

/** Stores a note. The same id twice stores one note. */
export async function insertNote(
  database: Database,
  { words, ...note }: Omit<PersonNoteDoc, 'sealed'> & { words: string },
  profileKey: Buffer,
): Promise<void> {
  const { _id, ...fields } = note;
  const sealed = seal(profileKey, placeOf(_id), words);
  await personNotes(database).updateOne({ _id }, { $setOnInsert: { ...fields, sealed } }, { upsert: true });
}

/** Notes on a contact, newest first, at or before a moment. */
export async function notesOf(
  database: Database,
  contact: string,
  { until, limit }: { until: Date | null; limit: number },
): Promise<PersonNoteDoc[]> {
  return personNotes(database)
    .find({ contact, ...(until === null ? {} : { at: { $lte: until } }) })
    .sort({ at: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

/** Throws `SealBroken`. */
export const openNote = ({ _id, sealed }: PersonNoteDoc, profileKey: Buffer): string =>
  unseal(profileKey, placeOf(_id), sealed).toString('utf8');

/** How many notes a contact has. */
export const countNotes = (database: Database, contact: string): Promise<number> =>
  personNotes(database).countDocuments({ contact });
