import { Schema } from 'mongoose';
import { keptSeconds } from '../domain/retention.ts';
import type { SpoolReport } from '../domain/sending/after-loss.ts';
import type { Store } from './store.ts';

/** A web process. Those of one `home`, machine and folder, take in each other's spools. */
export type WebProcess = { _id: string; home: string; pid: number };

/** What a web process last said of itself. */
export type WebProcessDoc = SpoolReport & WebProcess;

/** Longest between two reports while nothing is wrong, ms: they come every second. */
const SILENT_MS = 5000;

export const webProcessSchema = new Schema(
  {
    _id: String,
    home: String,
    pid: Number,
    at: { type: Date, required: true },
    spooled: { type: Number, required: true },
    silence: Schema.Types.Mixed,
  },
  { collection: 'webProcesses', strict: 'throw', versionKey: false, autoIndex: false },
);
// A process that died says nothing more.
webProcessSchema.index({ at: 1 }, { expireAfterSeconds: keptSeconds('webProcesses'), name: 'kept' });

/** By the database's clock. */
export async function databaseTime(store: Store): Promise<Date> {
  const { localTime } = await store.db.command({ hello: 1 });
  return localTime as Date;
}

/**
 * Says how many texts lay in the spool `at` a moment, as far as one web process knows. Never of the moment of writing:
 * a report from before a loss, which the driver writes once the database is back, must not pass for one since.
 */
export async function reportSpool(
  store: Store,
  one: WebProcess,
  { at, spooled }: Pick<SpoolReport, 'at' | 'spooled'>,
): Promise<void> {
  const { _id, home, pid } = one;
  const silent = { $gt: [{ $subtract: [at, '$at'] }, SILENT_MS] };
  const silence = { $cond: [silent, { from: '$at', until: at }, { $ifNull: ['$silence', null] }] };
  const $set = { home: { $literal: home }, pid, at, spooled, silence };
  await store.webProcesses.updateOne({ _id }, [{ $set }], { upsert: true });
}

/** Others of the same home, dead or alive. */
export async function findHousemates(store: Store, { _id, home }: WebProcess): Promise<WebProcess[]> {
  const projection = { home: 1 as const, pid: 1 as const };
  return store.webProcesses.find({ home, _id: { $ne: _id } }, { projection }).toArray();
}

/** Processes that left nothing in a spool: nobody waits for them. */
export async function forgetWebProcesses(store: Store, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await store.webProcesses.deleteMany({ _id: { $in: [...ids] } });
}

/** What web processes said, and the database's time. */
export async function readSpoolReports(store: Store): Promise<{ now: Date; reports: SpoolReport[] }> {
  const now = await databaseTime(store);
  const reports = await store.webProcesses
    .find({}, { projection: { _id: 0, at: 1, spooled: 1, silence: 1 } })
    .toArray();
  return { now, reports };
}
