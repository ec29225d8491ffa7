import { expect } from 'chai';
import {
  addRowsOfBefore,
  SECOND_POINTS,
  secondMigration,
} from '../../scripts/crash/migration/second-migration.ts';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import {
  DatabaseNewer,
  MIGRATIONS,
  MigrationsPending,
  migrate,
  PreReleaseDatabase,
  pendingMigrations,
  refuseWhenPending,
} from '../../src/store/migrations.ts';
import { COLLECTIONS, openStore, type Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/mongod.ts';

const BASELINE = 'baseline-13';
const SECOND = '002-made-up';

describe('migrations', () => {
  let [uri, name] = ['', ''];
  let store: Store;
  before(async () => {
    ({ uri, name } = testDatabase());
    store = await openStore({ uri, database: name });
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  const rejection = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    );
  const mark = (id: string) => store.marks.insertOne({ _id: `migration ${id}`, at: new Date(), value: null });
  const unmark = (id: string) => store.marks.deleteOne({ _id: `migration ${id}` });

  it('keep a process from starting while one is pending, and name it and the command', async () => {
    const config = {
      keyRing: { active: 'k', keys: new Map() },
      ledgerKeys: { active: 'k', keys: new Map() },
      blindIndexKeys: [],
      publicUrl: 'https://texts.example',
      mongodbUri: uri,
      database: name,
    };
    const refused = await openContext(config, createLog('silent', 'test')).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(MigrationsPending);
    expect((refused as Error).message).to.match(/baseline-13.*npm run migrate/);
  });

  it('alone create collections: opening a store creates none', async () => {
    const models = COLLECTIONS.flatMap((declared) => ('model' in declared ? [declared.model(store)] : []));
    await Promise.all(models.map((model) => model.init()));
    expect(await store.db.listCollections({}, { nameOnly: true }).toArray()).to.deep.equal([]);
  });

  it('run once, in order, also when two processes run them at once', async () => {
    const pending = await pendingMigrations(store);
    await Promise.all([migrate(store, () => new Date()), migrate(store, () => new Date())]);
    expect(pending).to.deep.equal([BASELINE]);
    expect(await migrate(store, () => new Date())).to.deep.equal([]);
  });

  it('keep an older version of the program from starting and from migrating', async () => {
    await mark('999-of-tomorrow');
    for (const start of [refuseWhenPending, (store: Store) => migrate(store, () => new Date())]) {
      const refused = await rejection(start(store));
      expect(refused).to.be.instanceOf(DatabaseNewer);
      expect((refused as Error).message).to.match(/999-of-tomorrow.*npm run build/);
    }
    await unmark('999-of-tomorrow');
  });

  for (const id of ['001-collections-and-indexes', 'baseline-0']) {
    it(`keep every version from a database of another pre-release: ${id}`, async () => {
      await mark(id);
      await unmark(BASELINE);
      for (const start of [refuseWhenPending, (store: Store) => migrate(store, () => new Date())]) {
        const refused = await rejection(start(store));
        expect(refused).to.be.instanceOf(PreReleaseDatabase);
        expect((refused as Error).message).to.match(
          /MONGODB_URI to a fresh database.*DATA_DIR to another folder/,
        );
      }
      await unmark(id);
      await mark(BASELINE);
    });
  }

  it('leave every collection with the unique keys that carry a promise', async () => {
    const unique = async (collection: string): Promise<string[]> => {
      const indexes = await store.db.collection(collection).indexes();
      return indexes.filter((index) => index.unique).map((index) => Object.keys(index.key).join('+'));
    };
    expect(await unique('contacts')).to.deep.equal(['index']);
    expect(await unique('suppressions')).to.deep.equal(['index+scope+kind']);
    expect(await unique('consentEvents')).to.deep.equal(['contact+seq']);
    expect(await unique('programs')).to.deep.equal(['claims']);
    expect(await unique('disclosures')).to.deep.equal(['program+touchpoint+version']);
  });
});

describe('a second migration', () => {
  let store: Store;
  beforeEach(async () => {
    const { uri, name } = testDatabase();
    store = await openStore({ uri, database: name });
    await migrate(store, () => new Date());
    await addRowsOfBefore(store, 2500);
  });
  afterEach(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  const run = (pass: Parameters<typeof secondMigration>[0] = () => undefined) =>
    migrate(store, () => new Date(), [...MIGRATIONS, secondMigration(pass)]);

  const unlikeTheWhole = async (): Promise<object> => {
    const deliveries = store.db.collection('deliveries');
    const names = (await deliveries.indexes()).map((index) => index.name);
    const collections = await store.db.listCollections({ name: 'madeUp' }).toArray();
    return {
      left: await deliveries.countDocuments({ madeUp: { $exists: false } }),
      indexes: names.filter((name) => name?.startsWith('made-up')),
      collections: collections.length,
    };
  };
  const WHOLE = { left: 0, indexes: ['made-up-2'], collections: 1 };

  it('is pending until it has run, and runs alone after the baseline', async () => {
    const all = [...MIGRATIONS, secondMigration(() => undefined)];
    expect(await pendingMigrations(store, all)).to.deep.equal([SECOND]);
    expect(await run()).to.deep.equal([SECOND]);
    expect(await unlikeTheWhole()).to.deep.equal(WHOLE);
    expect(await run()).to.deep.equal([]);
  });

  it('runs once when two processes run it at once', async () => {
    await Promise.all([run(), run()]);
    expect(await unlikeTheWhole()).to.deep.equal(WHOLE);
  });

  for (const point of SECOND_POINTS) {
    it(`leaves no mark when it fails half-way, and completes when it runs again: ${point}`, async () => {
      const passed: string[] = [];
      const failed = run((reached) => {
        passed.push(reached);
        if (reached === point) throw new Error(`ended at ${point}`);
      });
      expect(await failed.catch(({ message }) => message)).to.equal(`ended at ${point}`);
      expect(passed.at(-1)).to.equal(point);
      expect(await unlikeTheWhole()).not.to.deep.equal(WHOLE);
      expect(await run()).to.deep.equal([SECOND]);
      expect(await unlikeTheWhole()).to.deep.equal(WHOLE);
    });
  }

  it('is of a newer version for a program that does not know it', async () => {
    await run();
    const refused = await refuseWhenPending(store).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(DatabaseNewer);
  });
});
