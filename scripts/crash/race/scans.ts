import type { Document } from 'mongodb';
import type { Store } from '../../../src/store/store.ts';

/** A command may examine so many documents, or so many times what it returned or changed. */
const FEW = 2000;
const TIMES = 20;

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
    })
    .toArray();
  await profile.drop().catch(() => undefined);
  return found.filter(isWasteful).map(({ op, command, planSummary, docsExamined }) => {
    const fields = Object.keys(command?.filter ?? command?.q ?? command ?? {}).join();
    return `${op} by ${fields}: ${docsExamined} documents, ${planSummary}`;
  });
}

function isWasteful({ docsExamined, nreturned, nModified, nMatched }: Document): boolean {
  const used = Math.max(...[nreturned, nModified, nMatched].map((count) => Number(count ?? 0)), 1);
  return Number(docsExamined) > TIMES * used;
}
