import type { Document } from 'mongodb';
import { writeMark } from '../../../src/store/marks.ts';
import type { Store } from '../../../src/store/store.ts';

/** Rows of a database from before there were lanes. */
const OLD_ROWS = 3000;

/** As the first migration left it, with its mark, and the queue's index and the rows of that time. */
export async function makeOld(store: Store): Promise<void> {
  const rows = Array.from({ length: OLD_ROWS }, (_, at) => ({
    ...{
      _id: `row-${at}`,
      contact: `c-${at % 300}`,
      sender: '28555',
      state: 'planned',
      open: true,
      epoch: 0,
    },
    dueAt: new Date(at),
  }));
  const deliveries = store.db.collection<Document>('deliveries');
  await deliveries.insertMany(rows as Document[]);
  await deliveries.createIndex({ sender: 1, dueAt: 1 }, { name: 'due' });
  await writeMark(store, { _id: 'migration 001-collections-and-indexes', at: new Date(), value: null });
}

/** What a migration is there to make: indexes, lanes and marks. Moments of time are left out. */
export type Shape = { indexes: string[]; rows: Map<string, string>; marks: string[] };

export async function shapeOf(store: Store): Promise<Shape> {
  const names = (await store.db.listCollections({}, { nameOnly: true }).toArray()).map((one) => one.name);
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
  return { indexes: indexes.sort(), rows, marks: marks.map((one) => String(one._id)).sort() };
}

/** What differs between the database of a run that was left alone and that of one that was killed. */
export function differences(whole: Shape, killed: Shape): Record<'indexes' | 'rows' | 'marks', string[]> {
  const unlike = (one: readonly string[], other: readonly string[]): string[] => [
    ...one.filter((name) => !other.includes(name)),
    ...other.filter((name) => !one.includes(name)),
  ];
  const ids = new Set([...whole.rows.keys(), ...killed.rows.keys()]);
  return {
    indexes: unlike(whole.indexes, killed.indexes),
    rows: [...ids].filter((id) => whole.rows.get(id) !== killed.rows.get(id)),
    marks: unlike(whole.marks, killed.marks),
  };
}
