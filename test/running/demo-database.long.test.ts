import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { inWords } from '../../scripts/run-on-database.ts';
import { CommandFailure } from '../../scripts/running-demo.ts';
import { demoKey } from '../../scripts/seed/demo-key.ts';
import { DEMO_PROGRAMS, DEMO_SENDERS } from '../../scripts/seed/programs.ts';
import { refuseForeign, seed } from '../../scripts/seed/seed.ts';
import { createKey } from '../../src/access/api-keys.ts';
import { startEmbeddedMongod } from '../../src/running/mongod/embedded-mongod.ts';
import { readPrograms } from '../../src/store/consent/programs.ts';
import { migrate } from '../../src/store/migrations.ts';
import { DATABASE, openStore, type Store } from '../../src/store/store.ts';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const DEMO = new URL('../../scripts/demo.ts', import.meta.url);

describe('the database of a demo', () => {
  const start = programs();
  const folder = scratchFolders();
  let store: Store;
  let uri: string;
  let name: string;
  beforeEach(async () => {
    ({ store, uri, name } = await openTestStore());
  });
  afterEach(() => closeTestStore(store));

  const refusal = (): Promise<unknown> =>
    refuseForeign(uri, { database: name }).then(
      () => null,
      (error: unknown) => error,
    );

  it('may be an empty one, and then one that a demo seeded', async () => {
    expect(await refusal()).to.equal(null);
    expect(await seed(uri, name)).to.equal(true);
    expect(await refusal()).to.equal(null);
  });

  it('goes on at a second start with the same retailer, and the same API key while it is valid', async () => {
    const dataDir = folder();
    expect([await seed(uri, name), await seed(uri, name)]).to.deep.equal([true, false]);
    const key = await demoKey(uri, dataDir);
    writeFileSync(join(dataDir, 'demo.json'), JSON.stringify({ apiKey: key }));
    expect(await demoKey(uri, dataDir)).to.equal(key);
    await store.db.collection('apiKeys').updateOne({ name: 'demo' }, { $set: { revokedAt: new Date() } });
    expect(await demoKey(uri, dataDir)).not.to.equal(key);
  });

  it('is completed when its first start was ended during the seeding', async () => {
    await seed(uri, name);
    await store.programs.deleteMany({ _id: { $ne: 'deals' } });
    await store.senders.deleteOne({ _id: '28555' });
    await store.marks.updateOne({ _id: 'demo' }, { $set: { value: null } });
    expect(await seed(uri, name)).to.equal(true);
    const book = await readPrograms(store);
    expect(book.programs.map(({ id }) => id).sort()).to.deep.equal(DEMO_PROGRAMS.map(({ id }) => id).sort());
    expect(book.senders).to.have.length(Object.keys(DEMO_SENDERS).length);
    expect(await seed(uri, name)).to.equal(false);
  });

  it('is refused under other keys before anything is seeded, in words', async () => {
    const [k1, k2, index] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const ring = (id: string, key: Buffer) => ({ active: id, keys: new Map([[id, key]]) });
    const own = { ring: ring('k1', k1), keys: [index] };
    expect(await seed(uri, name, own)).to.equal(true);
    await store.marks.updateOne({ _id: 'demo' }, { $set: { value: null } });
    await store.programs.deleteMany({});
    const refused: [keys: typeof own, error: RegExp][] = [
      [{ ...own, ring: ring('k2', k2) }, /^KEYRING lacks the key k1/],
      [{ ...own, ring: ring('k1', k2) }, /^The key k1 of KEYRING is not the k1/],
      [{ ...own, keys: [k2] }, /^BLIND_INDEX_KEY is not the key/],
    ];
    for (const [keys, says] of refused) {
      const told = inWords(await seed(uri, name, keys).catch((error: unknown) => error));
      expect(told).to.be.instanceOf(CommandFailure);
      expect((told as CommandFailure).message).to.match(says);
    }
    expect((await readPrograms(store)).programs).to.deep.equal([]);
    expect(await seed(uri, name, own)).to.equal(true);
  });

  it('may not hold anything of somebody else', async () => {
    await createKey(store, { name: 'shop', scopes: ['programs:read'] }, new Date());
    const error = await refusal();
    expect(error).to.be.instanceOf(CommandFailure);
    expect((error as CommandFailure).message).to.match(
      /no demo made: .*MONGODB_URI= DATA_DIR=.data\/demo npm run demo/,
    );
  });

  it('may not be the embedded one of an installation, which then gets no key and no message to a simulator', async () => {
    const dataDir = folder();
    const onDisk = async <T>(work: (own: Store) => Promise<T>): Promise<T> => {
      const mongod = await startEmbeddedMongod({ dataDir, log: () => undefined });
      const own = await openStore({ uri: mongod.uri, database: DATABASE });
      try {
        return await work(own);
      } finally {
        await own.close();
        await mongod.stop();
      }
    };
    await onDisk(async (own) => {
      await migrate(own, () => new Date());
      await createKey(own, { name: 'shop', scopes: ['programs:read'] }, new Date());
    });
    const ports = { PORT: await freePort(), SIMULATOR_PORT: await freePort(), WORKER_PORT: await freePort() };
    const env = Object.fromEntries(Object.entries(ports).map(([label, port]) => [label, String(port)]));
    const own = { ...process.env, ...env, MONGODB_URI: '', DATA_DIR: dataDir };
    const { code, stderr } = await start(DEMO, [], own).ended;
    expect(stderr).to.match(
      /^DATA_DIR \S+ holds a database that no demo made: .*DATA_DIR=\.data\/demo npm run demo\n$/,
    );
    expect(code).to.equal(1);
    expect(await onDisk((store) => store.db.collection('apiKeys').countDocuments())).to.equal(1);
  }).timeout(240_000);
});
