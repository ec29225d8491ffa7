import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { type EmbeddedMongod, startEmbeddedMongod } from '../../src/running/mongod/embedded-mongod.ts';
import { buildPrograms } from './built.ts';

/** The environment variable with the replica set for the tests. A developer may set it; otherwise the fixture does. */
const VARIABLE = 'ASSENT_TEST_MONGODB_URI';

/**
 * The environment variable that names this run's databases, so that another run on the same replica set keeps its
 * own.
 */
const RUN = 'ASSENT_TEST_RUN';

type Fixture = { mongod?: EmbeddedMongod; folder?: string };

/** A folder in memory, which only some machines have. A run writes some hundred megabytes. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4e9;

/** The fastest folder for data that nobody keeps. A run creates and drops hundreds of databases. */
async function roomyFolder(): Promise<string> {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= ENOUGH_BYTES ? MEMORY : tmpdir();
}

/**
 * Starts one throw-away replica set for the whole run and builds the programs that tests start. Mocha binds `this` to
 * a context that it shares with the teardown.
 */
export async function mochaGlobalSetup(this: Fixture): Promise<void> {
  process.env[RUN] = randomBytes(3).toString('hex');
  const folder = await mkdtemp(join(await roomyFolder(), 'assent-test-'));
  this.folder = folder;
  await Promise.all([buildPrograms(join(folder, 'built')), startOwn(this, folder)]);
}

async function startOwn(fixture: Fixture, folder: string): Promise<void> {
  if (process.env[VARIABLE]) return;
  fixture.mongod = await startEmbeddedMongod({ dataDir: join(folder, 'data'), log: () => undefined });
  await suitTests(fixture.mongod.uri);
  process.env[VARIABLE] = fixture.mongod.uri;
}

/**
 * Turns the TTL monitor off, since it would delete rows of tests whose days lie in the past, and the diagnostic data,
 * which nobody reads.
 */
async function suitTests(uri: string): Promise<void> {
  const client = await MongoClient.connect(uri);
  const set = (parameter: object) => client.db('admin').command({ setParameter: 1, ...parameter });
  await set({ ttlMonitorEnabled: false });
  await set({ diagnosticDataCollectionEnabled: false });
  await client.close();
}

export async function mochaGlobalTeardown(this: Fixture): Promise<void> {
  if (this.mongod === undefined) await dropDatabases();
  await this.mongod?.stop();
  if (this.folder) await rm(this.folder, { recursive: true, force: true });
}

/** Drops the databases of this run from a replica set that stays. */
async function dropDatabases(): Promise<void> {
  const client = await MongoClient.connect(process.env[VARIABLE] ?? '');
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  const own = databases.filter(({ name }) => name.startsWith(`test-${process.env[RUN]}-`));
  await Promise.all(own.map(({ name }) => client.db(name).dropDatabase()));
  await client.close();
}

/** A database for one suite, or the named one: its connection string with replica set and database, and its name. */
export function testDatabase(name: string = newName()): { uri: string; name: string } {
  const base = process.env[VARIABLE];
  if (!base) throw new Error(`run through mocha's fixtures, or set ${VARIABLE} to a replica set`);
  const uri = new URL(base);
  uri.pathname = `/${name}`;
  return { uri: uri.href, name };
}

const newName = (): string => `test-${process.env[RUN]}-${randomBytes(6).toString('hex')}`;
