import { ROOT } from '../../src/config.ts';
import { readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import type { ProgramBook } from '../../src/domain/program.ts';
import { readPrograms, writeSender } from '../../src/store/consent/programs.ts';
import { migrate, pendingMigrations } from '../../src/store/migrations.ts';
import type { IndexKeys, KeyRing } from '../../src/store/sealing/keys.ts';
import { DEMO_MARK, refuseOtherIndexKeys, refuseOtherKeyRing } from '../../src/store/startup-checks.ts';
import { DATABASE, openStore, type Store } from '../../src/store/store.ts';
import { CommandFailure } from '../running-demo.ts';
import { DEMO_PROGRAMS, DEMO_SENDERS } from './programs.ts';

/**
 * How many days ago the retailer opened. It is before any of its people joined, also those of a past month, so that everything
 * they were shown had been published by then.
 */
const OPENED_DAYS_AGO = 640;

/** The value of the mark when the retailer is complete. */
const SEEDED = 'seeded';

/**
 * Throws `CommandFailure` if the database holds data of somebody else, because a demo would hand planned messages to its
 * simulator and mark them as sent. Also throws `PreReleaseDatabase`. `dataDir`: the folder of an embedded database, which `npm
 * start` may have filled.
 */
export async function refuseForeign(
  uri: string,
  { database = DATABASE, dataDir }: { database?: string; dataDir?: string } = {},
): Promise<void> {
  const store = await openStore({ uri, database });
  try {
    await pendingMigrations(store);
    if ((await DEMO_MARK.find(store)) !== null || (await isEmpty(store))) return;
    throw new CommandFailure(foreign(dataDir));
  } finally {
    await store.close();
  }
}

function foreign(dataDir: string | undefined): string {
  const [where, instead] =
    dataDir === undefined
      ? [
          'MONGODB_URI names a database',
          'Give the demo a database and a folder of its own: MONGODB_URI= DATA_DIR=.data/demo npm run demo',
        ]
      : [
          `DATA_DIR ${dataDir} holds a database`,
          'Give the demo a folder of its own: DATA_DIR=.data/demo npm run demo',
        ];
  return `${where} that no demo made: the demo would take its messages to a simulator and call them sent. ${instead}`;
}

async function isEmpty({ db }: Store): Promise<boolean> {
  const names = ['programs', 'senders', 'contacts', 'apiKeys'];
  const found = await Promise.all(
    names.map((name) => db.collection(name).findOne({}, { projection: { _id: 1 } })),
  );
  return found.every((value) => value === null);
}

/**
 * Migrates the database, and seeds the retailer if it is missing or incomplete because an earlier start was interrupted. Returns
 * true if it seeded. `own`: throws if these are not the keys that the database was filled with.
 */
export async function seed(
  uri: string,
  database = DATABASE,
  own: { ring: KeyRing; keys: IndexKeys } | null = null,
): Promise<boolean> {
  const store = await openStore({ uri, database });
  try {
    const now = () => new Date();
    await migrate(store, now);
    if (own !== null) {
      await refuseOtherKeyRing(store, own.ring, now);
      await refuseOtherIndexKeys(store, own.keys, now);
    }
    const mark = await DEMO_MARK.find(store);
    const book = await readPrograms(store);
    if (mark === null ? book.programs.length > 0 : mark.value === SEEDED) return false;
    await DEMO_MARK.write(store, null, now());
    const wrote = await addMissing(store, book);
    await DEMO_MARK.write(store, SEEDED, now());
    return wrote;
  } finally {
    await store.close();
  }
}

async function addMissing(store: Store, book: ProgramBook): Promise<boolean> {
  const opened = new Date(Date.now() - OPENED_DAYS_AGO * 24 * 3600 * 1000);
  const templates = await readTemplates(ROOT);
  const senders = Object.values(DEMO_SENDERS).filter(
    ({ number }) => !book.senders.some((sender) => sender.number === number),
  );
  const programs = DEMO_PROGRAMS.filter(({ id }) => !book.programs.some((program) => program.id === id));
  for (const sender of senders) await writeSender(store, sender);
  for (const program of programs) await saveProgram(store, templates, program, opened);
  return senders.length + programs.length > 0;
}
