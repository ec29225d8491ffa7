import type { Document } from 'mongodb';
import { HANDED_OVER } from '../../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../../src/store/store.ts';

/** A command may examine so many documents, or so many times what it returned, changed, or asked for by name. */
const FEW = 2000;
const TIMES = 20;

/** Marks the harness's own questions, which count everything that is open. */
export const OWN = 'asked by the harness';

/** Lets the database note commands that read much. */
export async function watchScans(store: Store): Promise<void> {
  await store.db.command({ profile: 1, filter: { docsExamined: { $gt: FEW } } });
}

/**
 * Commands on deliveries that read far more than they needed, since the last look. Change streams read the oplog instead.
 * `rowsEach`: how many rows a person has, where it is more than most: whoever names people may read theirs.
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
      // What the clean-up and the reports count of whole hours, when one has passed: they name this index for it.
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

/** How many documents, or people, a filter names one by one. */
const named = (filter: Document = {}): number =>
  Math.max(0, ...Object.values(filter).map((of) => (Array.isArray(of?.$in) ? of.$in.length : 0)));
