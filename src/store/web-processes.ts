import { Schema } from 'mongoose';
import { keptSeconds } from '../domain/retention.ts';
import type { SpoolReport } from '../domain/sending/database-outage.ts';
import type { Store } from './store.ts';

/** What a web process last said of its spool, under the machine and the folder of it. */
export type WebProcessDoc = SpoolReport & { _id: string };

/** Longest between two reports while nothing is wrong, ms: they come every second. */
const SILENT_MS = 5000;

export const webProcessSchema = new Schema(
  {
    _id: String,
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
  _id: string,
  { at, spooled }: Pick<SpoolReport, 'at' | 'spooled'>,
): Promise<void> {
  const silent = { $gt: [{ $subtract: [at, '$at'] }, SILENT_MS] };
  const silence = { $cond: [silent, { from: '$at', until: at }, { $ifNull: ['$silence', null] }] };
  const $set = { at, spooled, silence };
  await store.webProcesses.updateOne({ _id }, [{ $set }], { upsert: true });
}

/** A process that ends and leaves nothing in its spool: nobody waits for it. */
export async function forgetWebProcess(store: Store, _id: string): Promise<void> {
  await store.webProcesses.deleteOne({ _id });
}

/** What web processes said, and the database's time. */
export async function readSpoolReports(store: Store): Promise<{ now: Date; reports: SpoolReport[] }> {
  const now = await databaseTime(store);
  const reports = await store.webProcesses
    .find({}, { projection: { _id: 0, at: 1, spooled: 1, silence: 1 } })
    .toArray();
  return { now, reports };
}
