import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { startEmbeddedMongod } from '../../src/running/mongod/embedded-mongod.ts';
import { DATABASE, openStore, type Store } from '../../src/store/store.ts';
import { programAt } from '../support/built.ts';
import { testDatabase } from '../support/mongod.ts';
import { scratchFolders } from '../support/scratch.ts';

/** The whole of what a person reads. */
const REFUSAL =
  /^The database was made by another version from before the first release, which this version does not read: set MONGODB_URI to a fresh database, or, where MONGODB_URI is empty, set DATA_DIR to another folder or move the old one aside\.\n$/;

const SECRETS = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 't'.repeat(32),
  KEYRING: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  BLIND_INDEX_KEY: `1:${Buffer.alloc(32, 2).toString('base64')}`,
  LEDGER_KEY: `1:${Buffer.alloc(32, 3).toString('base64')}`,
  TWILIO_API_BASE: 'http://localhost:1',
};

/** Writes the mark that the first migration of every earlier pre-release left. */
const leaveOldMark = (store: Store) =>
  store.marks.insertOne({ _id: 'migration 001-collections-and-indexes', at: new Date(), value: null });

describe('a database that an earlier pre-release made', () => {
  const folder = scratchFolders();
  let store: Store;
  let uri: string;
  before(async () => {
    const database = testDatabase();
    uri = database.uri;
    store = await openStore({ uri, database: database.name });
    await leaveOldMark(store);
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  function run(script: string, args: string[], own: Record<string, string>) {
    const path = join(import.meta.dirname, '..', '..', script);
    // A database that a shifted clock wrote (npm run test:calendar) is read by none that is over a year behind.
    const { PATH = '', LD_PRELOAD = '', FAKETIME = '' } = process.env;
    const env = { PATH, ...(FAKETIME === '' ? {} : { LD_PRELOAD, FAKETIME }), ...SECRETS, ...own };
    return new Promise<{ code: number; err: string }>((resolve) => {
      execFile(process.execPath, [...programAt(path), ...args], { env }, (error, _out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), err }),
      );
    });
  }

  const commands: [command: string, script: string, args: string[], env: Record<string, string>][] = [
    ['npm start, its web process', 'src/main.ts', [], { ROLE: 'web', LOG_LEVEL: 'silent' }],
    ['npm start, its worker', 'src/main.ts', [], { ROLE: 'worker', LOG_LEVEL: 'silent' }],
    ['npm run migrate', 'scripts/migrate.ts', [], {}],
    ['npm run demo', 'scripts/demo.ts', [], {}],
    ['npm run key', 'scripts/key.ts', ['--name', 'a', '--scopes', 'all'], {}],
    ['npm run verify-ledger', 'scripts/verify-ledger.ts', [], {}],
  ];
  for (const [command, script, args, own] of commands) {
    it(`is refused in one sentence by ${command}`, async () => {
      const ports = { PORT: String(await freePort()), SIMULATOR_PORT: String(await freePort()) };
      const env = { ...own, ...ports, DATA_DIR: folder(), MONGODB_URI: uri };
      const { code, err } = await run(script, args, env);
      expect(err).to.match(REFUSAL);
      expect(code).to.equal(1);
      const collections = await store.db.listCollections({}, { nameOnly: true }).toArray();
      expect(collections.map((collection) => collection.name)).to.deep.equal(['marks']);
    });
  }

  for (const [command, script] of [
    ['npm start', 'src/main.ts'],
    ['npm run demo', 'scripts/demo.ts'],
  ] as const) {
    it(`is refused in the same sentence by ${command} when it is the embedded one`, async () => {
      const dataDir = folder();
      const mongod = await startEmbeddedMongod({ dataDir, log: () => undefined });
      const embedded = await openStore({ uri: mongod.uri, database: DATABASE });
      await leaveOldMark(embedded);
      await embedded.close();
      await mongod.stop();
      const ports = { PORT: String(await freePort()), SIMULATOR_PORT: String(await freePort()) };
      const { code, err } = await run(script, [], { ...ports, DATA_DIR: dataDir, MONGODB_URI: '' });
      expect(err).to.match(REFUSAL);
      expect(code).to.equal(1);
    }).timeout(240_000);
  }
});
