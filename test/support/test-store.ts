import { createHash } from 'node:crypto';
import { migrate } from '../../src/store/migrations.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testDatabase } from './mongod.ts';

/**
 * Names of migrated databases that were emptied. A run needs some two hundred databases, and creating one takes half
 * a second of a core.
 */
const free: string[] = [];

/** Opens a store on a migrated database that nobody else uses until it is closed. */
export async function openTestStore(): Promise<{ uri: string; name: string; store: Store }> {
  const { uri, name } = testDatabase(free.pop());
  const store = await openStore({ uri, database: name });
  await migrate(store, () => new Date());
  return { uri, name, store };
}

/**
 * Empties and closes the store of a suite whose processes have all ended. A process that wrote later would write into
 * another suite's database.
 */
export async function closeTestStore(store: Store): Promise<void> {
  await emptyTestStore(store);
  await store.close();
  free.push(store.db.databaseName);
}

/** Drops and closes the store of a suite whose processes may still write. */
export async function dropTestStore(store: Store): Promise<void> {
  await store.db.dropDatabase();
  await store.close();
}

/** The MD5 of nothing, by which `dbHash` shows a collection without documents. */
const EMPTY = createHash('md5').digest('hex');

/**
 * Empties the store of a suite between two tests: everything goes but the marks of migrations, including the
 * profiler's notes. This costs an eighth of opening a new store.
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
