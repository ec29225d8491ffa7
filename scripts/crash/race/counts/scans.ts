import type { Document } from 'mongodb';
import { HANDED_OVER } from '../../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../../src/store/store.ts';

/** A command may examine this many documents, or this many times the number that it returned, changed, or named. */
const FEW = 2000;
const TIMES = 20;

/** Marks the queries of the harness itself, which count everything that is open. */
export const OWN = 'asked by the harness';

/** Makes the database profile commands that read much. */
export async function watchScans(store: Store): Promise<void> {
  await store.db.command({ profile: 1, filter: { docsExamined: { $gt: FEW } } });
}

/**
 * Commands on deliveries since the last call that read far more than they needed. Change streams read the oplog instead.
 * `rowsEach`: rows of one person, when it is above most; a query that names people may read all their rows.
 */
export async function readScans(store: Store, rowsEach = 0): Promise<string[]> {
  await store.db.command({ profile: 0 });
  const profile = store.db.collection('system.profile');
  const ns = `${store.db.databaseName}.deliveries`;
  const found = await profile
    .find({
      ns,
      op: { $ne: 'getmore' },
      docsExamined: { $gt: FEW },
      'command.pipeline.0.$changeStream': { $exists: false },
      // The clean-up and the reports count whole hours, and name this index for it.
      'command.hint': { $ne: HANDED_OVER },
      'command.comment': { $ne: OWN },
    })
    .toArray();
  await profile.drop().catch(() => undefined);
  return found
    .filter((scan) => isWasteful(scan, rowsEach))
    .map(({ op, command, planSummary, docsExamined }) => {
      const fields = Object.keys(command?.filter ?? command?.q ?? command ?? {}).join();
      return `${op} by ${fields}: ${docsExamined} documents, ${planSummary}`;
    });
}

function isWasteful(
  { docsExamined, nreturned, nModified, nMatched, command }: Document,
  rowsEach: number,
): boolean {
  const counts = [nreturned, nModified, nMatched].map((count) => Number(count ?? 0));
  const theirs = Math.max(TIMES, 2 * rowsEach) * named(command?.filter ?? command?.q);
  return Number(docsExamined) > Math.max(TIMES * Math.max(...counts, 1), theirs);
}

/** The number of documents or people that a filter names one by one. */
const named = (filter: Document = {}): number =>
  Math.max(0, ...Object.values(filter).map((of) => (Array.isArray(of?.$in) ? of.$in.length : 0)));
