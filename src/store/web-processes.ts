import { Schema } from 'mongoose';
import type { SpoolReport } from '../domain/sending/after-loss.ts';
import type { Store } from './store.ts';

/** What a web process last said of itself, as of the database's clock. */
export type WebProcessDoc = SpoolReport & { _id: string };

/** A process that died says nothing more: its row goes by itself. */
const KEPT_S = 86_400;

export const webProcessSchema = new Schema(
  { _id: String, at: { type: Date, required: true }, spooled: { type: Number, required: true } },
  { collection: 'webProcesses', strict: 'throw', versionKey: false, autoIndex: false },
);
webProcessSchema.index({ at: 1 }, { expireAfterSeconds: KEPT_S, name: 'kept' });

/** Says how many texts lie in the spool as far as one web process knows. */
export async function reportSpool(store: Store, id: string, spooled: number): Promise<void> {
  await store.webProcesses.updateOne({ _id: id }, [{ $set: { at: '$$NOW', spooled } }], { upsert: true });
}

/** A process that ends as it should leaves nothing in its spool, or somebody else to say so. */
export async function forgetWebProcess(store: Store, id: string): Promise<void> {
  await store.webProcesses.deleteOne({ _id: id });
}

/** What web processes said, and the database's time. */
export async function readSpoolReports(store: Store): Promise<{ now: Date; reports: SpoolReport[] }> {
  const { localTime } = await store.db.command({ hello: 1 });
  const reports = await store.webProcesses.find({}, { projection: { _id: 0 } }).toArray();
  return { now: localTime as Date, reports };
}
