import type { Db } from 'mongodb';
import { z } from 'zod';
import type { Database } from './collection.ts';
import { isCollectionThere } from './database-errors.ts';
import { defineSetting, markedAs } from './settings.ts';
import { COLLECTIONS } from './store.ts';

/** `run` changes existing rows. The runner creates all collections and indexes before. */
export type Migration = { id: string; run?: (database: Database) => Promise<void> };

/** Prefix of the marks of completed migrations. */
const MARK = 'migration ';

/**
 * Migrations, in order. A migration may run twice, after a crash or in two processes at once, so each must be
 * idempotent. Once released, a migration never changes. Nothing is released yet, so the baseline is edited in
 * place: a change of stored rows, marks or indexes increments the baseline's number, and a database of another
 * number is refused.
 */
export const MIGRATIONS: readonly Migration[] = [{ id: 'baseline-13' }];

/**
 * True for another baseline, and for the first migration of the time before baselines, which every database of that
 * time has.
 */
const isPreRelease = (id: string): boolean =>
  id.startsWith('baseline-') || id === '001-collections-and-indexes';

/** A migration has not run. `npm run migrate` runs it; no process starts before. */
export class MigrationsPending extends Error {
  override name = 'MigrationsPending';
  readonly pending: readonly string[];
  constructor(pending: readonly string[]) {
    super(`The database needs ${pending.join(', ')}. Run: npm run migrate`);
    this.pending = pending;
  }
}

/** A newer version migrated the database, and this version does not know what the database contains. */
export class DatabaseNewer extends Error {
  override name = 'DatabaseNewer';
  constructor(unknown: readonly string[]) {
    super(
      `The database was migrated by a newer version (${unknown.join(', ')}). Run: npm run build, or start that version.`,
    );
  }
}

/** Another version from before the first release made the database. This version reads none of its rows. */
export class PreReleaseDatabase extends Error {
  override name = 'PreReleaseDatabase';
  constructor() {
    super(
      'The database was made by another version from before the first release, which this version does not read: set ' +
        'MONGODB_URI to a fresh database, or, where MONGODB_URI is empty, set DATA_DIR to another folder or move the old one aside.',
    );
  }
}

/** Creates all indexes of a collection in one command, so that the database builds them in one pass. */
async function createAll({ db }: Database): Promise<void> {
  await Promise.all(
    COLLECTIONS.map(async ({ collection, indexes }) => {
      await createUnlessThere(db, collection);
      // kill point: collection-made
      if (indexes.length > 0) await db.collection(collection).createIndexes([...indexes]);
    }),
  );
}

/** The collection may exist: an earlier run, or another process, may have created it. */
async function createUnlessThere(db: Db, collection: string): Promise<void> {
  try {
    await db.createCollection(collection);
  } catch (error) {
    if (!isCollectionThere(error)) throw error;
  }
}

/** Ids of the migrations that have not run, in order. Throws `PreReleaseDatabase` and `DatabaseNewer`. */
export async function pendingMigrations(database: Database, migrations = MIGRATIONS): Promise<string[]> {
  const done = await markedAs(database, MARK);
  const known = migrations.map(({ id }) => id);
  const unknown = done.filter((id) => !known.includes(id));
  if (unknown.some(isPreRelease)) throw new PreReleaseDatabase();
  if (unknown.length > 0) throw new DatabaseNewer(unknown);
  return known.filter((id) => !done.includes(id));
}

/** Throws `MigrationsPending`, `PreReleaseDatabase` or `DatabaseNewer`. */
export async function refuseWhenPending(database: Database): Promise<void> {
  const pending = await pendingMigrations(database);
  if (pending.length > 0) throw new MigrationsPending(pending);
}

const markOf = ({ id }: Migration) => defineSetting(MARK + id, z.null(), null);

/** Runs the pending migrations in order and returns their ids. Throws `PreReleaseDatabase` and `DatabaseNewer`. */
export async function migrate(
  database: Database,
  now: () => Date,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string[]> {
  const pending = await pendingMigrations(database, migrations);
  if (pending.length > 0) await createAll(database);
  for (const migration of migrations.filter(({ id }) => pending.includes(id))) {
    // kill point: migration-begins
    await migration.run?.(database);
    // kill point: migration-run
    await markOf(migration).write(database, null, now());
  }
  return pending;
}
