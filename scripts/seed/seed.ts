import { saveProgram } from '../../src/consent/save-program.ts';
import { DATABASE, ROOT } from '../../src/open-desk.ts';
import { readTemplates } from '../../src/running/templates.ts';
import { readBook, writeSender } from '../../src/store/book.ts';
import { migrate } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { PROGRAMS, SENDERS } from './programs.ts';

/**
 * The retailer opened before its people joined, those of a month that lies behind us too: what they were shown had been
 * published by then.
 */
const OPENED_DAYS_AGO = 640;

/** Migrates, and seeds the retailer where the database holds none yet. Returns whether it seeded. */
export async function seed(uri: string, database = DATABASE): Promise<boolean> {
  const store = await openStore({ uri, database });
  try {
    const now = () => new Date();
    await migrate(store, now);
    if ((await readBook(store)).programs.length > 0) return false;
    const opened = new Date(Date.now() - OPENED_DAYS_AGO * 24 * 3600 * 1000);
    const templates = await readTemplates(ROOT);
    for (const sender of Object.values(SENDERS)) await writeSender(store, sender);
    for (const program of PROGRAMS) await saveProgram(store, templates, program, opened);
    return true;
  } finally {
    await store.close();
  }
}
