import { ObjectId } from 'mongodb';
import type { EventKind } from '../../domain/consent/outcome.ts';
import type { ConsentEventDoc } from '../consent/consent-events.ts';
import { inBatches } from '../in-batches.ts';
import type { EventDoc } from '../people/events.ts';
import type { Store } from '../store.ts';

const BATCH = 500;

const SHOWN = {
  contact: 1,
  kind: 1,
  program: 1,
  topics: 1,
  channel: 1,
  reason: 1,
  disclosure: 1,
  answers: 1,
  actedAt: 1,
  recordedAt: 1,
} as const;
export type Entry = Pick<ConsentEventDoc, keyof typeof SHOWN>;

/**
 * Entries of the ledger since a moment, in batches. Their ids are made by the database as they are written and begin
 * with its clock, so the ledger needs no index for this.
 */
export function entriesSince(store: Store, since: Date, kinds: readonly EventKind[]): AsyncIterable<Entry[]> {
  const from = ObjectId.createFromTime(Math.floor(since.getTime() / 1000));
  const filter = { _id: { $gte: from }, kind: { $in: [...kinds] } };
  const options = { projection: SHOWN, hint: { _id: 1 } } as const;
  return inBatches(store.consentEvents.find<Entry>(filter, options), BATCH);
}

/** Events of some types that were received since a moment, in batches. */
export function eventsSince(store: Store, since: Date, types: readonly string[]): AsyncIterable<EventDoc[]> {
  const filter = { type: { $in: [...types] }, receivedAt: { $gte: since } };
  return inBatches(store.events.find(filter, { hint: 'by-type' }), BATCH);
}

type Stood = { _id: string; profile: { stage: { name: string; since: Date } } };

/** People who came into one of these stages since a moment and are still in it, in batches. */
export function stagesSince(store: Store, since: Date, stages: readonly string[]): AsyncIterable<Stood[]> {
  const filter = { 'profile.stage.name': { $in: [...stages] }, 'profile.stage.since': { $gte: since } };
  const options = { projection: { 'profile.stage': 1 }, hint: 'by-stage' };
  return inBatches(store.contacts.find<Stood>(filter, options), BATCH);
}
