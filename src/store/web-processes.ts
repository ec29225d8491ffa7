import { keptSeconds } from '../domain/retention.ts';
import type { SpoolReport } from '../domain/sending/database-outage.ts';
import { type Database, defineCollection } from './collection.ts';
import { databaseTime } from './connection.ts';

/** The last report of a web process about its spool. `_id` names the machine and the spool folder. */
export type WebProcessDoc = SpoolReport & { _id: string };

/** Longest time between two reports while nothing is wrong, ms. Reports come every second. */
const SILENT_MS = 5000;

export const webProcesses = defineCollection<WebProcessDoc>()('webProcesses', {
  // Deletes the report of a process that died and therefore reports no more.
  kept: { key: { at: 1 }, expireAfterSeconds: keptSeconds('webProcesses') },
});

/**
 * Reports how many texts lay in the spool at the time `at`, as far as one web process knows. `at` is never the time
 * of the write: the driver may write a report from before a database loss once the database is back, and that
 * report must not pass for a newer one.
 */
export async function reportSpool(
  database: Database,
  _id: string,
  { at, spooled }: Pick<SpoolReport, 'at' | 'spooled'>,
): Promise<void> {
  const silent = { $gt: [{ $subtract: [at, '$at'] }, SILENT_MS] };
  const silence = { $cond: [silent, { from: '$at', until: at }, { $ifNull: ['$silence', null] }] };
  const $set = { at, spooled, silence };
  await webProcesses(database).updateOne({ _id }, [{ $set }], { upsert: true });
}

/** Deletes the report of a process that ends with an empty spool, so that nobody waits for its reports. */
export async function forgetWebProcess(database: Database, _id: string): Promise<void> {
  await webProcesses(database).deleteOne({ _id });
}

/** The last reports of all web processes, and the database's time. */
export async function readSpoolReports(database: Database): Promise<{ now: Date; reports: SpoolReport[] }> {
  const now = await databaseTime(database);
  const reports = await webProcesses(database)
    .find({}, { projection: { _id: 0, at: 1, spooled: 1, silence: 1 } })
    .toArray();
  return { now, reports };
}
