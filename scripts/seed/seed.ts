import { saveProgram } from '../../src/consent/save-program.ts';
import { DATABASE, ROOT } from '../../src/open-desk.ts';
import { readTemplates } from '../../src/running/templates.ts';
import { readBook, writeSender } from '../../src/store/consent/book.ts';
import { readMark, writeMark } from '../../src/store/marks.ts';
import { migrate } from '../../src/store/migrations.ts';
import type { KeyRing } from '../../src/store/sealing/keys.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { Stop } from '../running-demo.ts';
import { PROGRAMS, SENDERS } from './programs.ts';

/**
 * The retailer opened before its people joined, those of a month that lies behind us too: what they were shown had been
 * published by then.
 */
const OPENED_DAYS_AGO = 640;

/** Says of a database that a demo made it. */
const MARK = 'demo';

/**
 * Throws `Stop` where somebody else's data is there: a demo takes what is planned in its database to its simulator,
 * and marks it as sent.
 */
export async function refuseForeign(uri: string, database = DATABASE): Promise<void> {
  const store = await openStore({ uri, database });
  try {
    if ((await readMark(store, MARK)) !== null || (await isEmpty(store))) return;
    throw new Stop(
      'MONGODB_URI names a database that no demo made: the demo would take its messages to a simulator and call them sent. ' +
        'Leave MONGODB_URI empty for the demo, and it brings its own database: MONGODB_URI= npm run demo',
    );
  } finally {
    await store.close();
  }
}

async function isEmpty({ db }: Store): Promise<boolean> {
  const names = ['programs', 'senders', 'contacts', 'apiKeys'];
  const found = await Promise.all(
    names.map((name) => db.collection(name).findOne({}, { projection: { _id: 1 } })),
  );
  return found.every((one) => one === null);
}

/** Migrates, and seeds the retailer where the database holds none yet. Returns whether it seeded. `ring`: for an older database. */
export async function seed(uri: string, database = DATABASE, ring: KeyRing | null = null): Promise<boolean> {
  const store = await openStore({ uri, database });
  try {
    const now = () => new Date();
    await migrate(store, now, ring);
    if ((await readBook(store)).programs.length > 0) return false;
    const opened = new Date(Date.now() - OPENED_DAYS_AGO * 24 * 3600 * 1000);
    const templates = await readTemplates(ROOT);
    await writeMark(store, { _id: MARK, at: now(), value: null });
    for (const sender of Object.values(SENDERS)) await writeSender(store, sender);
    for (const program of PROGRAMS) await saveProgram(store, templates, program, opened);
    return true;
  } finally {
    await store.close();
  }
}
