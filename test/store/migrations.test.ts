import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../src/domain/audience/profile.ts';
import { openDesk } from '../../src/open-desk.ts';
import { createLog } from '../../src/running/log.ts';
import { QUEUE } from '../../src/store/deliveries/deliveries.ts';
import {
  DatabaseNewer,
  MigrationsPending,
  migrate,
  pendingMigrations,
  refuseWhenPending,
} from '../../src/store/migrations.ts';
import { COUNTED, readMoveMark } from '../../src/store/reports/consents.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/mongod.ts';
import { spied } from '../support/spied.ts';

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

  it('keep a process from starting while one is pending, and name it and the command', async () => {
    const config = {
      keyRing: { active: 'k', keys: new Map() },
      blindIndexKeys: [],
      publicUrl: 'https://texts.example',
      mongodbUri: uri,
      database: name,
    };
    const refused = await openDesk(config, createLog('silent', 'test')).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(MigrationsPending);
    expect((refused as Error).message).to.match(/001-.*npm run migrate/);
  });

  it('alone make collections: to open a store makes none', async () => {
    await Promise.all(Object.values(store.models).map((model) => model.init()));
    expect(await store.db.listCollections({}, { nameOnly: true }).toArray()).to.deep.equal([]);
  });

  it('run once, in order, also when two processes run them at once', async () => {
    const pending = await pendingMigrations(store);
    await Promise.all([migrate(store, () => new Date()), migrate(store, () => new Date())]);
    expect(pending).to.have.length.greaterThan(0);
    expect(await migrate(store, () => new Date())).to.deep.equal([]);
  });

  it('keep a version from starting, and from migrating, that is older than the database', async () => {
    const newer = { _id: 'migration 999-of-tomorrow' as never };
    await store.db.collection('marks').insertOne({ ...newer, at: new Date(), value: null });
    const starts = [() => refuseWhenPending(store), () => migrate(store, () => new Date())];
    for (const start of starts) {
      const refused = await start().then(
        () => null,
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(DatabaseNewer);
      expect((refused as Error).message).to.match(/999-of-tomorrow.*npm run build/);
    }
    await store.db.collection('marks').deleteOne(newer);
  });

  it('give rows of an older version a lane, and the queue its new index', async () => {
    const ids = ['migration 002-lanes-and-receipts', 'migration 005-queue'];
    await store.db.collection('marks').deleteMany({ _id: { $in: ids as never[] } });
    await store.deliveries.dropIndex(QUEUE);
    await store.deliveries.createIndex({ dueAt: 1 }, { name: 'due' });
    await store.db.collection('deliveries').insertOne({ _id: 'old' as never, state: 'planned' });
    expect(await migrate(store, () => new Date())).to.deep.equal(['002-lanes-and-receipts', '005-queue']);
    expect((await store.deliveries.findOne({ _id: 'old' }))?.lane).to.equal('0-answers');
    const indexes = new Map(
      (await store.deliveries.indexes()).map(({ name, key }) => [name, Object.keys(key)]),
    );
    expect(indexes.get(QUEUE)).to.deep.equal(['sender', 'lane', 'dueAt', 'state']);
    expect(indexes.has('due')).to.equal(false);
  });

  it('give what the carrier refused before the time at which it did', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 013-bounces' as never });
    const at = new Date('2026-03-20T16:00:00Z');
    const row = { _id: 'refused' as never, state: 'failed', decision: { at } };
    await store.db.collection('deliveries').insertOne(row);
    expect(await migrate(store, () => new Date())).to.deep.equal(['013-bounces']);
    expect((await store.deliveries.findOne({ _id: 'refused' }))?.finalAt).to.deep.equal(at);
  });

  it('make the index of prompts whose window is over anew, with the id in it', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 023-paged-lists' as never });
    await store.contacts.dropIndex('expired-prompts');
    await store.contacts.createIndex({ promptExpiresAt: 1 }, { name: 'prompt-expiry' });
    expect(await migrate(store, () => new Date())).to.deep.equal(['023-paged-lists']);
    const names = (await store.contacts.indexes()).map(({ name }) => name);
    expect(names).to.include('expired-prompts').and.not.include('prompt-expiry');
  });

  it('drop the index of wrong numbers, which nothing reads', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 025-wrong-numbers' as never });
    await store.contacts.createIndex({ wrongNumberAt: 1 }, { name: 'wrong-numbers' });
    expect(await migrate(store, () => new Date())).to.deep.equal(['025-wrong-numbers']);
    const names = (await store.contacts.indexes()).map(({ name }) => name);
    expect(names).not.to.include('wrong-numbers');
  });

  it('have the ledger counted anew, for opt-outs that were counted once for each program', async () => {
    const id = '039-opt-outs-of-campaigns';
    await store.db.collection('marks').deleteOne({ _id: `migration ${id}` as never });
    await store.marks.insertOne({ _id: COUNTED, at: new Date(), value: 'e_1' });
    const old = { program: 'deals', day: '2026-03-20', kind: 'opted-out', campaign: 'spring' } as const;
    await store.dailyMoves.insertOne({ _id: 'old', ...old, source: 'word', count: 3 });
    expect(await migrate(store, () => new Date())).to.deep.equal([id]);
    expect(await readMoveMark(store)).to.equal(null);
    expect(await store.dailyMoves.countDocuments()).to.equal(0);
  });

  it('have it counted anew whole, or not at all', async () => {
    const id = '039-opt-outs-of-campaigns';
    await store.db.collection('marks').deleteOne({ _id: `migration ${id}` as never });
    await store.marks.insertOne({ _id: COUNTED, at: new Date(), value: 'e_1' });
    const row = { program: 'deals', day: '2026-03-20', kind: 'opted-out', campaign: null } as const;
    await store.dailyMoves.insertOne({ _id: 'row', ...row, source: null, count: 3 });
    const marks = spied(store.marks, 'deleteOne', () => Promise.reject(new Error('killed')));
    const failed = await migrate({ ...store, marks }, () => new Date()).catch(({ message }) => message);
    expect([failed, await readMoveMark(store), await store.dailyMoves.countDocuments()]).to.deep.equal([
      ...['killed', 'e_1', 1],
    ]);
    await migrate(store, () => new Date());
    expect([await readMoveMark(store), await store.dailyMoves.countDocuments()]).to.deep.equal([null, 0]);
  });

  it('note the clicks on messages that were noted before', async () => {
    const id = '029-coupons-and-clicks';
    await store.db.collection('marks').deleteOne({ _id: `migration ${id}` as never });
    const at = new Date('2026-03-20T16:00:00Z');
    const sent = (campaign: string) => ({ campaign, at, delivered: true });
    const old = { _id: 'clicker' as never, index: '1.clicker', sends: [sent('spring'), sent('boots')] };
    await store.db.collection('contacts').insertOne(old);
    await store.db.collection('campaigns').insertOne({ _id: 'spring' as never, passes: 4 });
    await store.db.collection('clicks').insertOne({
      ...{
        _id: 'l.person.2026-03-20' as never,
        link: 'l',
        kind: 'person',
        delivery: 'd',
        contact: 'clicker',
      },
      ...{ campaign: 'spring', count: 1, firstAt: at, lastAt: at },
    });
    expect(await migrate(store, () => new Date())).to.deep.equal([id]);
    const { sends } = (await store.contacts.findOne({ _id: 'clicker' })) ?? {};
    expect(sends).to.deep.equal([{ ...sent('spring'), clicked: true }, sent('boots')]);
  });

  it('hold no list of campaigns open while the clicks on one of them are noted', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 029-coupons-and-clicks' as never });
    // More than a first page of them.
    const many = Array.from({ length: 120 }, (_, at) => ({ _id: `c${at}` as never, passes: 4 }));
    await store.db.collection('campaigns').insertMany(many);
    const idle = { type: 'idleCursor', ns: `${name}.campaigns` };
    const looks: Promise<unknown[]>[] = [];
    const clicks = spied(store.clicks, 'aggregate', () => {
      const now = [{ $currentOp: { idleCursors: true } }, { $match: idle }];
      if (looks.length === 0)
        looks.push(
          store.client
            .db('admin')
            .aggregate(now, { readConcern: { level: 'local' } })
            .toArray(),
        );
    });
    await migrate({ ...store, clicks }, () => new Date());
    expect(await Promise.all(looks)).to.deep.equal([[]]);
  });

  it('mark what people clicked and their contacts do not have', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 042-untold-clicks' as never });
    const old = [{ kind: 'person' }, { kind: 'person', told: true }, { kind: 'bot' }, { kind: 'test' }];
    const docs = old.map((one, at) => ({ _id: `click${at}` as never, ...one }));
    await store.db.collection('clicks').insertMany(docs);
    expect(await migrate(store, () => new Date())).to.deep.equal(['042-untold-clicks']);
    const marked = await store.clicks.find({ untold: true, _id: /^click/ }).toArray();
    expect(marked.map(({ _id }) => _id)).to.deep.equal(['click0']);
  });

  it('leave no zone sure that was declared, and is not that of the address', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 044-torn-zones' as never });
    const place = { ...EMPTY_PROFILE.place, country: 'US', zone: 'America/New_York' };
    const places = { torn: { ...place, zip: '77002' }, whole: { ...place, zip: '10001' }, bare: place };
    const profiles = Object.entries(places).map(([_id, at]) => ({
      ...{ _id: _id as never, index: _id },
      profile: { ...EMPTY_PROFILE, place: at, zoneSure: true },
    }));
    await store.db.collection('contacts').insertMany(profiles);
    expect(await migrate(store, () => new Date())).to.deep.equal(['044-torn-zones']);
    const sure = await store.contacts.find({ 'profile.zoneSure': true }).sort({ _id: 1 }).toArray();
    expect(sure.map(({ _id }) => _id)).to.deep.equal(['bare', 'whole']);
    await store.db.collection('contacts').deleteMany({ _id: { $in: Object.keys(places) as never[] } });
  });

  it('make the index of what the carrier told of anew, with its blocks in it', async () => {
    await store.db.collection('marks').deleteOne({ _id: 'migration 031-list-quality' as never });
    await store.consentEvents.dropIndex('of-carrier');
    const old = { actor: 'carrier', kind: 'withdrawn' };
    const options = { name: 'by-carrier', partialFilterExpression: old };
    await store.consentEvents.createIndex({ recordedAt: 1 }, options);
    expect(await migrate(store, () => new Date())).to.deep.equal(['031-list-quality']);
    const names = (await store.consentEvents.indexes()).map(({ name }) => name);
    expect(names).to.include('of-carrier').and.not.include('by-carrier');
  });

  it('make the index by which the former holders of a number are found', async () => {
    const id = '040-former-holders';
    await store.db.collection('marks').deleteOne({ _id: `migration ${id}` as never });
    await store.contacts.dropIndex('former-holders');
    expect(await migrate(store, () => new Date())).to.deep.equal([id]);
    const names = (await store.contacts.indexes()).map(({ name }) => name);
    expect(names).to.include('former-holders');
  });

  it('leave every collection with the unique keys that carry a promise', async () => {
    const unique = async (collection: string): Promise<string[]> => {
      const indexes = await store.db.collection(collection).indexes();
      return indexes.filter((one) => one.unique).map((one) => Object.keys(one.key).join('+'));
    };
    expect(await unique('contacts')).to.deep.equal(['index']);
    expect(await unique('suppressions')).to.deep.equal(['index+scope+kind']);
    expect(await unique('consentEvents')).to.deep.equal(['contact+seq']);
    expect(await unique('programs')).to.deep.equal(['claims']);
    expect(await unique('disclosures')).to.deep.equal(['program+touchpoint+version']);
  });
});
