import type { Document } from 'mongodb';
import type { Store } from '../../../src/store/store.ts';

/** A command may examine so many documents, or so many times what it returned, changed, or asked for by name. */
const FEW = 2000;
const TIMES = 20;

/** Marks the harness's own questions, which count everything that is open. */
export const OWN = 'asked by the harness';

/** Lets the database note commands that read much. */
export async function watchScans(store: Store): Promise<void> {
  await store.db.command({ profile: 1, filter: { docsExamined: { $gt: FEW } } });
}

/** Commands on deliveries that read far more than they needed, since the last look. Change streams read the oplog instead. */
export async function readScans(store: Store): Promise<string[]> {
  await store.db.command({ profile: 0 });
  const profile = store.db.collection('system.profile');
  const ns = `${store.db.databaseName}.deliveries`;
  const found = await profile
    .find({
      ns,
      op: { $ne: 'getmore' },
      docsExamined: { $gt: FEW },
      'command.pipeline.0.$changeStream': { $exists: false },
      'command.comment': { $ne: OWN },
    })
    .toArray();
  await profile.drop().catch(() => undefined);
  return found.filter(isWasteful).map(({ op, command, planSummary, docsExamined }) => {
    const fields = Object.keys(command?.filter ?? command?.q ?? command ?? {}).join();
    return `${op} by ${fields}: ${docsExamined} documents, ${planSummary}`;
  });
}

function isWasteful({ docsExamined, nreturned, nModified, nMatched, command }: Document): boolean {
  const counts = [nreturned, nModified, nMatched].map((count) => Number(count ?? 0));
  const used = Math.max(...counts, named(command?.filter ?? command?.q), 1);
  return Number(docsExamined) > TIMES * used;
}

/** How many documents, or people, a filter names one by one. */
const named = (filter: Document = {}): number =>
  Math.max(0, ...Object.values(filter).map((of) => (Array.isArray(of?.$in) ? of.$in.length : 0)));
