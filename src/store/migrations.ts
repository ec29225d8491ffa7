import type { IndexDescription } from 'mongodb';
import { markedAs, writeSetting } from './settings.ts';
import type { Store } from './store.ts';

/** `run`: what its rows need. The runner has created all collections and indexes before. */
export type Migration = { id: string; run?: (store: Store) => Promise<void> };

/** How the marks of the migrations that ran begin. */
const MARK = 'migration ';

/**
 * In order. A migration may run twice, after a crash or in two processes at once, so each must be able to. Once released, a
 * migration never changes. Nothing is released yet: until then the baseline is edited in place, and whoever changes stored
 * rows, marks or indexes raises its number, so that a database of another number is refused.
 */
export const MIGRATIONS: readonly Migration[] = [{ id: 'baseline-5' }];

/** Another baseline, or the first of the migrations that were there before any baseline: every database of that time has its mark. */
const isPreRelease = (id: string): boolean =>
  id.startsWith('baseline-') || id === '001-collections-and-indexes';

/** A migration has not been run. `npm run migrate` runs it; nothing starts before. */
export class MigrationsPending extends Error {
  override name = 'MigrationsPending';
  readonly pending: readonly string[];
  constructor(pending: readonly string[]) {
    super(`The database needs ${pending.join(', ')}. Run: npm run migrate`);
    this.pending = pending;
  }
}

/** A newer version has migrated the database: this one does not know what it may find there. */
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

/** All indexes of a collection in one command: the database makes them in one pass. */
async function createAll(store: Store): Promise<void> {
  await Promise.all(
    Object.values(store.models).map(async (model) => {
      await model.createCollection();
      // kill point: collection-made
      const indexes = model.schema
        .indexes()
        .map(([key, options]) => ({ ...options, key }) as IndexDescription);
      if (indexes.length > 0) await store.db.collection(model.collection.name).createIndexes(indexes);
    }),
  );
}

/** The ids of those that have not run, in order. Throws `PreReleaseDatabase` and `DatabaseNewer`. */
export async function pendingMigrations(store: Store, migrations = MIGRATIONS): Promise<string[]> {
  const done = await markedAs(store, MARK);
  const known = migrations.map(({ id }) => id);
  const unknown = done.filter((id) => !known.includes(id));
  if (unknown.some(isPreRelease)) throw new PreReleaseDatabase();
  if (unknown.length > 0) throw new DatabaseNewer(unknown);
  return known.filter((id) => !done.includes(id));
}

/** Throws `MigrationsPending`, `PreReleaseDatabase` or `DatabaseNewer`. */
export async function refuseWhenPending(store: Store): Promise<void> {
  const pending = await pendingMigrations(store);
  if (pending.length > 0) throw new MigrationsPending(pending);
}

/** Runs what is pending, in order; returns the ids. Throws `PreReleaseDatabase` and `DatabaseNewer`. */
export async function migrate(
  store: Store,
  now: () => Date,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string[]> {
  const pending = await pendingMigrations(store, migrations);
  if (pending.length > 0) await createAll(store);
  for (const migration of migrations.filter(({ id }) => pending.includes(id))) {
    // kill point: migration-begins
    await migration.run?.(store);
    // kill point: migration-run
    await writeSetting(store, { _id: `migration ${migration.id}`, at: now(), value: null });
  }
  return pending;
}
