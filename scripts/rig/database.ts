import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MongodOptions, startEmbeddedMongod } from '../../src/running/mongod/embedded-mongod.ts';
import { DATABASE, openStore } from '../../src/store/store.ts';
import { type ReplicaSet, startReplicaSet } from './replica-set.ts';

/** A replica set for one run, and a folder for everything else the run writes. */
export type DatabaseRig = {
  uri: string;
  folder: string;
  /** kill -9 of the database, and a new one on its data and its port; null where the database was given. */
  restartDatabase: (() => Promise<void>) | null;
  /** The nodes, where the run was to have several. */
  set: ReplicaSet | null;
  close: () => Promise<void>;
};

/** The replica set of ASSENT_TEST_MONGODB_URI; null where none is given. */
export function givenDatabase(): string | null {
  const given = process.env.ASSENT_TEST_MONGODB_URI;
  return given === undefined || given === '' ? null : given;
}

/**
 * The replica set of ASSENT_TEST_MONGODB_URI, or an embedded one that is thrown away at the end.
 * Rejects where the given one holds a gateway's database already: the run would empty it.
 */
export async function openRig(options: Pick<MongodOptions, 'ownCache'> = {}): Promise<DatabaseRig> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-rig-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const given = givenDatabase();
  try {
    if (given === null) {
      return await embeddedRig({ dataDir: folder, log: () => undefined, ...options }, remove);
    }
    await refuseUsed(given);
    const close = (): Promise<void> => emptyDatabase(given).then(remove);
    return { uri: given, folder, restartDatabase: null, set: null, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A replica set of `nodes` mongods that is thrown away at the end. */
export async function openSetRig(nodes: number): Promise<DatabaseRig> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-rig-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const set = await startReplicaSet(folder, nodes);
    const close = (): Promise<void> => set.close().then(remove);
    return { uri: set.uri, folder, restartDatabase: null, set, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

const PORT_TRIES = 5;

async function embeddedRig(options: MongodOptions, remove: () => Promise<void>): Promise<DatabaseRig> {
  const folder = options.dataDir;
  const start = () => startEmbeddedMongod(options);
  let mongod = await start();
  const { uri } = mongod;
  return {
    uri,
    folder,
    set: null,
    restartDatabase: async () => {
      process.kill(mongod.pid, 'SIGKILL');
      mongod = await start();
      for (let tries = 1; mongod.uri !== uri; tries += 1) {
        if (tries > PORT_TRIES) throw new Error('the database came back on another port');
        await mongod.stop();
        // A client that looked for it may hold its port for a moment.
        await writeFile(join(folder, 'mongo-port'), new URL(uri).port);
        mongod = await start();
      }
    },
    close: () => mongod.stop().then(remove),
  };
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
