import { type IndexDescription, MongoServerError } from 'mongodb';
import { laneOf } from '../domain/sending/lanes.ts';
import { markUntold } from './campaigns/clicks.ts';
import { noteClicks } from './campaigns/sends.ts';
import { beginItems, clearEnds } from './consent/old-items.ts';
import { markedAs, writeMark } from './marks.ts';
import { deriveProfiles, doubtZones } from './people/derived-profiles.ts';
import { COUNTED } from './reports/consents.ts';
import type { KeyRing } from './sealing/keys.ts';
import { sealOldFields } from './sealing/seal-old-fields.ts';
import type { Store } from './store.ts';
import { inTransaction } from './transaction.ts';

/** `run`: what its rows need; the collections and indexes are there by then. */
type Migration = { id: string; run?: (store: Store, ring: KeyRing | null) => Promise<void> };

/** How the marks of those that ran begin. */
const MARK = 'migration ';

/** Longest that a migration's own transaction may take, ms; the database ends it sooner where `transactionLifetimeLimitSeconds` says so. */
const TRANSACTION_MS = 60_000;

/** In order; each may run twice after a crash, so each must be able to. */
const MIGRATIONS: readonly Migration[] = [
  { id: '001-collections-and-indexes' },
  { id: '002-lanes-and-receipts', run: addLanes },
  { id: '003-profiles-and-events' },
  { id: '004-campaigns', run: addCampaigns },
  { id: '005-queue', run: renewQueue },
  { id: '006-jobs' },
  { id: '007-inbox' },
  { id: '008-merging' },
  { id: '009-verification' },
  { id: '010-quality' },
  { id: '011-back-tests' },
  { id: '012-orphans', run: keepOrphans },
  { id: '013-bounces', run: addBounces },
  { id: '014-duplicates' },
  { id: '015-web-processes' },
  { id: '016-large-audiences' },
  { id: '018-sealed-fields', run: sealOldFields },
  { id: '023-paged-lists', run: pageLists },
  { id: '024-named-receipts' },
  { id: '025-wrong-numbers', run: dropWrongNumbers },
  { id: '027-list-of-unknowns' },
  { id: '029-coupons-and-clicks', run: noteOldClicks },
  { id: '031-list-quality', run: indexCarrier },
  { id: '033-lists-of-campaigns' },
  { id: '039-opt-outs-of-campaigns', run: recountMoves },
  { id: '040-former-holders' },
  { id: '041-passes-of-campaigns' },
  { id: '042-untold-clicks', run: markUntold },
  { id: '043-items-of-the-inbox', run: mendItems },
  { id: '044-torn-zones', run: doubtZones },
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

/** A newer version has migrated the database: this one does not know what it may find there. */
export class DatabaseNewer extends Error {
  override name = 'DatabaseNewer';
  constructor(unknown: readonly string[]) {
    super(
      `The database was migrated by a newer version (${unknown.join(', ')}). Run: npm run build, or start that version.`,
    );
  }
}

/** All indexes of a collection in one command: the database makes them in one pass. */
async function createAll(store: Store): Promise<void> {
  await Promise.all(
    Object.values(store.models).map(async (model) => {
      await model.createCollection();
      // kill point: collection-made
      const indexes = model.schema
        .indexes()
        .map(([key, options]) => ({ ...options, key }) as IndexDescription);
      if (indexes.length > 0) await store.db.collection(model.collection.name).createIndexes(indexes);
    }),
  );
}

/** Rows planned before there were lanes are answers. */
async function addLanes(store: Store): Promise<void> {
  await store.deliveries.updateMany({ lane: { $exists: false } }, { $set: { lane: laneOf('reply') } });
  // kill point: lanes-written
}

/** Profiles get what segments ask of them; the index of a campaign's rows was made anew with the time of the decision in it. */
async function addCampaigns(store: Store): Promise<void> {
  await deriveProfiles(store);
  await dropOld(store, 'of-campaign');
}

/** The index of the queue was made anew so that what waits is counted by its keys alone. */
async function renewQueue(store: Store): Promise<void> {
  await dropOld(store, 'due');
  // kill point: index-dropped
}

/** Receipts that find no delivery are counted before they go; until now they went unseen. */
async function keepOrphans(store: Store): Promise<void> {
  await dropOld(store, 'orphan-age', 'receipts');
}

/** What the carrier refused gets the time of it, by which the sweep reads what failed. */
async function addBounces(store: Store): Promise<void> {
  const refused = { state: 'failed' as const, finalAt: { $exists: false } };
  await store.deliveries.updateMany(refused, [{ $set: { finalAt: '$decision.at' } }]);
}

/** The index of prompts whose window is over was made anew with the id in it, by which their pages go on. */
async function pageLists(store: Store): Promise<void> {
  await dropOld(store, 'prompt-expiry', 'contacts');
}

/** Nothing read it: a new holder begins with their own text. */
async function dropWrongNumbers(store: Store): Promise<void> {
  await dropOld(store, 'wrong-numbers', 'contacts');
}

/** Messages that were noted on contacts get the clicks on them; until now none had any. */
async function noteOldClicks(store: Store): Promise<void> {
  const ended = { passes: { $gt: 0 } };
  // All at once: a cursor that is left alone for ten minutes, as of one large campaign, is closed by the database.
  const campaigns = await store.campaigns.find(ended, { projection: { _id: 1 } }).toArray();
  for (const { _id } of campaigns) await noteClicks(store, _id);
}

/** The index of what the carrier told of was made anew with its blocks in it, beside the opt-outs. */
async function indexCarrier(store: Store): Promise<void> {
  await dropOld(store, 'by-carrier', 'consentEvents');
}

/**
 * Opt-outs are counted by act and by when the person acted: the ledger is counted anew, by the job that counts it. Counts
 * and mark go together: another process that migrates at once may come to it while that job runs already.
 */
async function recountMoves(store: Store): Promise<void> {
  await inTransaction(store, TRANSACTION_MS, async (session) => {
    await store.dailyMoves.deleteMany({}, { session });
    await store.marks.deleteOne({ _id: COUNTED }, { session });
  });
}

/** An answer's words lay in the clear in how its item ended; and an item that took the place of another began with itself. */
async function mendItems(store: Store): Promise<void> {
  await clearEnds(store);
  await beginItems(store);
}

/** Drops an index, of deliveries where nothing else is said, that another has replaced. */
async function dropOld(
  store: Store,
  name: string,
  of: 'deliveries' | 'receipts' | 'contacts' | 'consentEvents' = 'deliveries',
): Promise<void> {
  const collection = store.db.collection(of);
  if (!(await collection.indexExists(name))) return;
  await collection.dropIndex(name).catch((error: unknown) => {
    if (!isIndexGone(error)) throw error;
  });
}

/** Another process that migrates at once dropped it first. */
const isIndexGone = (error: unknown): boolean => error instanceof MongoServerError && error.code === 27;

/** In order. Throws `DatabaseNewer`. */
export async function pendingMigrations(store: Store): Promise<string[]> {
  const done = await markedAs(store, MARK);
  const known = MIGRATIONS.map(({ id }) => id);
  const unknown = done.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw new DatabaseNewer(unknown);
  return known.filter((id) => !done.includes(id));
}

/** Throws `MigrationsPending`, or `DatabaseNewer`. */
export async function refuseWhenPending(store: Store): Promise<void> {
  const pending = await pendingMigrations(store);
  if (pending.length > 0) throw new MigrationsPending(pending);
}

/** Runs what is pending, in order; returns the ids. `ring`: for what is to be sealed; throws `KeyMissing` where it lacks, and `DatabaseNewer`. */
export async function migrate(store: Store, now: () => Date, ring: KeyRing | null = null): Promise<string[]> {
  const pending = await pendingMigrations(store);
  if (pending.length > 0) await createAll(store);
  for (const migration of MIGRATIONS.filter(({ id }) => pending.includes(id))) {
    // kill point: migration-begins
    await migration.run?.(store, ring);
    // kill point: migration-run
    await writeMark(store, { _id: `migration ${migration.id}`, at: now(), value: null });
  }
  return pending;
}
