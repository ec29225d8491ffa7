import { createHash } from 'node:crypto';
import { migrate } from '../../src/store/migrations.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testDatabase } from './mongod.ts';

/** Names of databases, migrated and emptied: to make one anew takes half a second of a core, some two hundred times a run. */
const free: string[] = [];

/** A store on a migrated database that nobody else uses until it is closed. */
export async function openTestStore(): Promise<{ uri: string; name: string; store: Store }> {
  const { uri, name } = testDatabase(free.pop());
  const store = await openStore({ uri, database: name });
  await migrate(store, () => new Date());
  return { uri, name, store };
}

/** For a suite whose processes have ended in order: whatever wrote later would write into another suite's database. */
export async function closeTestStore(store: Store): Promise<void> {
  await emptyTestStore(store);
  await store.close();
  free.push(store.db.databaseName);
}

/** Where something may write on after its end. */
export async function dropTestStore(store: Store): Promise<void> {
  await store.db.dropDatabase();
  await store.close();
}

/** The MD5 of nothing, by which the database tells a collection that has no document. */
const EMPTY = createHash('md5').digest('hex');

/**
 * For a test of its own on the store of a suite: all goes but the marks of migrations, with what its profiler noted. Costs
 * an eighth of what a store does.
 */
export async function emptyTestStore({ db }: Store): Promise<void> {
  const { collections } = await db.command({ dbHash: 1 });
  const filled = Object.keys(collections).filter((name) => collections[name] !== EMPTY);
  await Promise.all([
    db.dropCollection('system.profile'),
    ...filled.map((name) =>
      db.collection<{ _id: string }>(name).deleteMany(name === 'marks' ? { _id: /^(?!migration )/ } : {}),
    ),
  ]);
}
