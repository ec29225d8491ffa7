import { MongoServerError } from 'mongodb';
import { laneOf } from '../domain/sending/lanes.ts';
import { deriveProfiles } from './derived-profiles.ts';
import { readMark, writeMark } from './marks.ts';
import type { Store } from './store.ts';

type Migration = { id: string; run: (store: Store) => Promise<void> };

/** In order; each may run twice after a crash, so each must be able to. */
const MIGRATIONS: readonly Migration[] = [
  { id: '001-collections-and-indexes', run: createAll },
  { id: '002-lanes-and-receipts', run: addLanes },
  { id: '003-profiles-and-events', run: createAll },
  { id: '004-campaigns', run: addCampaigns },
  { id: '005-queue', run: renewQueue },
  { id: '006-jobs', run: createAll },
  { id: '007-inbox', run: createAll },
  { id: '008-merging', run: createAll },
  { id: '009-verification', run: createAll },
  { id: '010-quality', run: createAll },
  { id: '011-duplicates', run: createAll },
];

/** A migration has not been run. `npm run migrate` runs it; nothing starts before. */
export class MigrationsPending extends Error {
  override name = 'MigrationsPending';
  readonly pending: readonly string[];
  constructor(pending: readonly string[]) {
    super(`The database needs ${pending.join(', ')}. Run: npm run migrate`);
    this.pending = pending;
  }
}

async function createAll(store: Store): Promise<void> {
  for (const model of Object.values(store.connection.models)) {
    await model.createCollection();
    await model.createIndexes();
  }
}

/** Rows planned before there were lanes are answers. */
async function addLanes(store: Store): Promise<void> {
  await store.deliveries.updateMany({ lane: { $exists: false } }, { $set: { lane: laneOf('reply') } });
  await createAll(store);
}

/** Profiles get what segments ask of them; the index of a campaign's rows is made anew with the time of the decision in it. */
async function addCampaigns(store: Store): Promise<void> {
  await deriveProfiles(store);
  await createAll(store);
  await dropOld(store, 'of-campaign');
}

/** The index of the queue is made anew so that what waits is counted by its keys alone. */
async function renewQueue(store: Store): Promise<void> {
  await createAll(store);
  await dropOld(store, 'due');
}

/** Drops an index of deliveries that another has replaced. */
async function dropOld(store: Store, name: string): Promise<void> {
  if (!(await store.deliveries.indexExists(name))) return;
  await store.deliveries.dropIndex(name).catch((error: unknown) => {
    if (!isIndexGone(error)) throw error;
  });
}

/** Another process that migrates at once dropped it first. */
const isIndexGone = (error: unknown): boolean => error instanceof MongoServerError && error.code === 27;

export async function pendingMigrations(store: Store): Promise<string[]> {
  const marks = await Promise.all(MIGRATIONS.map(({ id }) => readMark(store, `migration ${id}`)));
  return MIGRATIONS.filter((_, at) => marks[at] === null).map(({ id }) => id);
}

/** Throws `MigrationsPending`. */
export async function refuseWhenPending(store: Store): Promise<void> {
  const pending = await pendingMigrations(store);
  if (pending.length > 0) throw new MigrationsPending(pending);
}

/** Runs what is pending, in order; returns the ids. */
export async function migrate(store: Store, now: () => Date): Promise<string[]> {
  const pending = await pendingMigrations(store);
  for (const migration of MIGRATIONS.filter(({ id }) => pending.includes(id))) {
    await migration.run(store);
    await writeMark(store, { _id: `migration ${migration.id}`, at: now(), value: null });
  }
  return pending;
}
