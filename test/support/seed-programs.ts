import type { Document } from 'mongodb';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { ROOT } from '../../src/config.ts';
import { readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import type { Program, Sender } from '../../src/domain/program.ts';
import { writeSender } from '../../src/store/consent/programs.ts';
import type { Store } from '../../src/store/store.ts';

/** The collections that saving programs fills in a new database. Of `marks`, those of migrations are left out. */
const WRITTEN = { senders: {}, programs: {}, disclosures: {}, marks: { _id: /^(?!migration )/ } };

/**
 * The rows that the first save of the same programs wrote. They are copied to further databases, because a hundred
 * saves of three programs would cost seconds.
 */
const made = new Map<string, [collection: string, rows: Document[]][]>();

/** Saves senders and programs in a database that has none. */
export async function seedPrograms(
  store: Store,
  senders: readonly Sender[] = Object.values(SENDERS),
  programs: readonly Program[] = PROGRAMS,
): Promise<void> {
  const key = JSON.stringify([senders, programs]);
  const before = made.get(key);
  if (before === undefined) made.set(key, await saveAll(store, senders, programs));
  else await Promise.all(before.map(([name, rows]) => store.db.collection(name).insertMany(rows)));
}

async function saveAll(store: Store, senders: readonly Sender[], programs: readonly Program[]) {
  const templates = await readTemplates(ROOT);
  for (const sender of senders) await writeSender(store, sender);
  for (const program of programs) await saveProgram(store, templates, program, new Date());
  const rows = Object.entries(WRITTEN).map(
    async ([name, filter]): Promise<[string, Document[]]> => [
      name,
      await store.db
        .collection(name)
        .find(filter as Document)
        .toArray(),
    ],
  );
  return (await Promise.all(rows)).filter(([, found]) => found.length > 0);
}
