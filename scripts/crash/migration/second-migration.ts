import { type Document, MongoServerError } from 'mongodb';
import type { Database } from '../../../src/store/collection.ts';
import type { Migration } from '../../../src/store/migrations.ts';

/** Where a run of the second migration can be ended: a page of rows is written, and the index is dropped that another replaces. */
export const SECOND_POINTS = ['page-rewritten', 'index-dropped'] as const;

/** Rows are rewritten in pages, so that a kill leaves some of them as they were. */
const PAGE = 1000;

/** The new index has another name: to drop one by its name ends the build of it that another process has begun. */
const INDEX = { before: 'made-up', after: 'made-up-2' };

/**
 * A made-up migration of what a later version may need: it creates a collection, rewrites rows and replaces an index.
 * Nothing but the baseline was ever released, so the runner is tried with this one. `pass` is called at each point.
 */
export const secondMigration = (pass: (point: (typeof SECOND_POINTS)[number]) => void): Migration => ({
  id: '002-made-up',
  run: async (database) => {
    await createCollection(database);
    await rewriteRows(database, () => pass('page-rewritten'));
    await dropIndex(database);
    pass('index-dropped');
    const deliveries = database.db.collection('deliveries');
    await deliveries.createIndex({ sender: 1, madeUp: 1 }, { name: INDEX.after });
  },
});

/** What the second migration rewrites, in a database that the baseline made: rows, and an index. */
export async function addRowsOfBefore({ db }: Database, count: number): Promise<void> {
  const deliveries = db.collection<Document & { _id: string }>('deliveries');
  const rows = Array.from({ length: count }, (_, at) => ({
    _id: `row-${at}`,
    sender: '28555',
    dueAt: new Date(at),
  }));
  await deliveries.insertMany(rows);
  await deliveries.createIndex({ sender: 1, dueAt: 1 }, { name: INDEX.before });
}

/** Another process, or an earlier run, may have created it. */
async function createCollection({ db }: Database): Promise<void> {
  await db.createCollection('madeUp').catch(ignoring('NamespaceExists'));
}

async function rewriteRows({ db }: Database, pass: () => void): Promise<void> {
  const deliveries = db.collection<Document & { _id: string }>('deliveries');
  for (;;) {
    const page = await deliveries
      .find({ madeUp: { $exists: false } }, { projection: { _id: 1 } })
      .limit(PAGE)
      .toArray();
    if (page.length === 0) return;
    const ids = page.map(({ _id }) => _id);
    await deliveries.updateMany({ _id: { $in: ids } }, [{ $set: { madeUp: { $toLong: '$dueAt' } } }]);
    pass();
  }
}

/** Another process, or an earlier run, may have dropped it. */
async function dropIndex({ db }: Database): Promise<void> {
  await db.collection('deliveries').dropIndex(INDEX.before).catch(ignoring('IndexNotFound'));
}

const ignoring = (codeName: string) => (error: unknown) => {
  if (!(error instanceof MongoServerError) || error.codeName !== codeName) throw error;
};
