import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATABASE } from '../../src/open-desk.ts';
import { startEmbeddedMongod } from '../../src/running/mongod/start.ts';
import { openStore } from '../../src/store/store.ts';

/** A replica set for one run, and a folder for everything else the run writes. */
export type Rig = { uri: string; folder: string; close: () => Promise<void> };

/**
 * The replica set of ASSENT_TEST_MONGODB_URI, or an embedded one that is thrown away at the end.
 * Rejects where the given one holds a gateway's database already: the run would empty it.
 */
export async function openRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-rig-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const given = process.env.ASSENT_TEST_MONGODB_URI;
  try {
    if (given === undefined || given === '') {
      const mongod = await startEmbeddedMongod({ dataDir: folder, log: () => undefined });
      return { uri: mongod.uri, folder, close: () => mongod.stop().then(remove) };
    }
    await refuseUsed(given);
    return { uri: given, folder, close: () => emptyDatabase(given).then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function refuseUsed(uri: string): Promise<void> {
  const store = await openStore({ uri, database: DATABASE });
  try {
    const collections = await store.db.listCollections({}, { nameOnly: true }).toArray();
    if (collections.length > 0) {
      throw new Error(
        `The replica set of ASSENT_TEST_MONGODB_URI holds a database "${DATABASE}" already; give one without.`,
      );
    }
  } finally {
    await store.close();
  }
}

/** Drops the gateway's database. */
export async function emptyDatabase(uri: string): Promise<void> {
  const store = await openStore({ uri, database: DATABASE });
  try {
    await store.db.dropDatabase();
  } finally {
    await store.close();
  }
}
