import type { Document } from 'mongodb';
import { migrate } from '../../../src/store/migrations.ts';
import type { Store } from '../../../src/store/store.ts';
import { addRowsOfBefore } from './second-migration.ts';

const OLD_ROWS = 3000;

/** As the baseline left it, with the rows and the index that the second migration is there to change. */
export async function makeOld(store: Store): Promise<void> {
  await migrate(store, () => new Date());
  await addRowsOfBefore(store, OLD_ROWS);
}

/** What a migration is there to make: indexes, rows and marks. Moments of time are left out. */
export type DatabaseShape = { indexes: string[]; rows: Map<string, string>; marks: string[] };

export async function shapeOf(store: Store): Promise<DatabaseShape> {
  const names = (await store.db.listCollections({}, { nameOnly: true }).toArray()).map(
    (collection) => collection.name,
  );
  const indexes: string[] = [];
  for (const name of names.sort()) {
    const found = await store.db.collection(name).indexes();
    indexes.push(...found.map(({ v: _, ...index }) => `${name} ${JSON.stringify(index)}`));
  }
  const rows = new Map<string, string>();
  for await (const { _id, ...row } of store.db.collection<Document>('deliveries').find()) {
    rows.set(String(_id), JSON.stringify(row));
  }
  const marks = await store.db.collection<Document>('marks').find().toArray();
  return { indexes: indexes.sort(), rows, marks: marks.map((mark) => String(mark._id)).sort() };
}

/** What differs between the database of a run that was left alone and that of one that was killed. */
export function differences(
  whole: DatabaseShape,
  killed: DatabaseShape,
): Record<'indexes' | 'rows' | 'marks', string[]> {
  const unlike = (expected: readonly string[], other: readonly string[]): string[] => [
    ...expected.filter((name) => !other.includes(name)),
    ...other.filter((name) => !expected.includes(name)),
  ];
  const ids = new Set([...whole.rows.keys(), ...killed.rows.keys()]);
  return {
    indexes: unlike(whole.indexes, killed.indexes),
    rows: [...ids].filter((id) => whole.rows.get(id) !== killed.rows.get(id)),
    marks: unlike(whole.marks, killed.marks),
  };
}
