import { Schema } from 'mongoose';
import type { Plan } from '../../domain/journeys/journey.ts';
import type { Store } from '../store.ts';

/** What a journey does, as it was saved once. Insert only: runs go by the version they began in. */
export type JourneyVersionDoc = Plan & { _id: string; journey: string; version: number; createdAt: Date };

export const journeyVersionSchema = new Schema(
  {
    _id: String,
    journey: { type: String, required: true },
    version: { type: Number, required: true },
    trigger: { type: Schema.Types.Mixed, required: true },
    reentry: { type: Schema.Types.Mixed, required: true },
    steps: { type: [Schema.Types.Mixed], required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'journeyVersions', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);

export async function addVersion(store: Store, version: JourneyVersionDoc): Promise<void> {
  await store.journeyVersions.insertOne(version);
}

export async function findVersions(store: Store, ids: readonly string[]): Promise<JourneyVersionDoc[]> {
  return store.journeyVersions.find({ _id: { $in: [...new Set(ids)] } }).toArray();
}
