import { type Database, defineCollection } from '../collection.ts';

/** The filters of a list of people, as an address has them. Null: any. */
export type ViewFilter = Record<'segment' | 'list' | 'topic' | 'status', string | null>;

/** A list of people that somebody saved under a name. It holds no people: whoever opens it sees who fits then. */
export type PeopleViewDoc = {
  _id: string;
  name: string;
  filter: ViewFilter;
  /** Whose it is: "staff:rosa". Null: everybody's. */
  owner: string | null;
  /** Who saved it: "staff:rosa", "key:ab12". */
  by: string;
  createdAt: Date;
};

export const peopleViews = defineCollection<PeopleViewDoc>()('peopleViews', {
  'of-owner': { key: { owner: 1, _id: 1 } },
});

/** Views of some owners in the order of their ids, which is that of their making. */
export async function findPeopleViews(
  database: Database,
  owners: readonly (string | null)[],
  { after, limit }: { after: string | null; limit: number },
): Promise<PeopleViewDoc[]> {
  return peopleViews(database)
    .find({ owner: { $in: [...owners] }, ...(after === null ? {} : { _id: { $gt: after } }) })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
}

export const countPeopleViews = (database: Database, owner: string | null): Promise<number> =>
  peopleViews(database).countDocuments({ owner });

/** The same id twice stores one view. */
export async function insertPeopleView(database: Database, view: PeopleViewDoc): Promise<void> {
  const { _id, ...fields } = view;
  await peopleViews(database).updateOne({ _id }, { $setOnInsert: fields }, { upsert: true });
}

/** False where none of these owners has it. */
export async function deletePeopleView(
  database: Database,
  id: string,
  owners: readonly (string | null)[],
): Promise<boolean> {
  const { deletedCount } = await peopleViews(database).deleteOne({ _id: id, owner: { $in: [...owners] } });
  return deletedCount === 1;
}
