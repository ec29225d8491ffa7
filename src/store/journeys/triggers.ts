import { ObjectId } from 'mongodb';
import type { EventKind } from '../../domain/consent/decision.ts';
import type { FiredTrigger } from '../../domain/journeys/triggers.ts';
import { inBatches } from '../batching.ts';
import type { ConsentEventDoc } from '../consent/consent-events.ts';
import type { InboundDoc } from '../consent/inbound-texts.ts';
import type { EventDoc } from '../contacts/activity.ts';
import { marksOf } from '../settings.ts';
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
export type TriggerEntry = Pick<ConsentEventDoc, keyof typeof SHOWN>;

/**
 * Entries of the ledger since a moment, in batches. Their ids are made by the database as they are written and begin
 * with its clock, so the ledger needs no index for this.
 */
export function entriesSince(
  store: Store,
  since: Date,
  kinds: readonly EventKind[],
): AsyncIterable<TriggerEntry[]> {
  const from = ObjectId.createFromTime(Math.floor(since.getTime() / 1000));
  const filter = { _id: { $gte: from }, kind: { $in: [...kinds] } };
  const options = { projection: SHOWN, hint: { _id: 1 } } as const;
  return inBatches(store.consentEvents.find<TriggerEntry>(filter, options), BATCH);
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

/** How the marks of triggers begin that wait for their person to be readable; journey and contact follow. */
const MARK = 'journeys kept ';

const idOf = (journey: string, contact: string): string => `${MARK}${journey} ${contact}`;

/** What would have begun a journey for someone, had they been readable. */
export type DeferredTrigger = { journey: string; contact: string; told: FiredTrigger[] };

/** Keeps triggers of someone; the same again changes nothing. True where none of theirs was kept before. */
export async function keepTriggers(
  store: Store,
  { journey, contact, told }: DeferredTrigger,
  now: Date,
): Promise<boolean> {
  const { upsertedCount } = await store.marks.updateOne(
    { _id: idOf(journey, contact) },
    {
      $setOnInsert: { at: now, 'value.journey': journey, 'value.contact': contact },
      $addToSet: { 'value.told': { $each: told } } as never,
    },
    { upsert: true },
  );
  return upsertedCount === 1;
}

export async function keptTriggers(store: Store): Promise<DeferredTrigger[]> {
  return (await marksOf(store, MARK)).map(({ value }) => value as DeferredTrigger);
}

export async function dropKept(store: Store, { journey, contact }: DeferredTrigger): Promise<void> {
  await store.marks.deleteOne({ _id: idOf(journey, contact) });
}

/** One act of a person, by which its ledger entry and its text are found from each other. */
export type ActRef = Pick<ConsentEventDoc, 'contact' | 'actedAt' | 'recordedAt'>;
type Question = ActRef & Pick<ConsentEventDoc, 'seq' | 'channel'>;

/** Questions of some people's ledgers, among those at some places in their chains. */
export async function questionsAt(
  store: Store,
  places: readonly { contact: string; seq: number }[],
): Promise<Question[]> {
  if (places.length === 0) return [];
  const contact = { $in: [...new Set(places.map((place) => place.contact))] };
  const seq = { $in: [...new Set(places.map((place) => place.seq))] };
  const projection = { _id: 0, contact: 1, seq: 1, channel: 1, actedAt: 1, recordedAt: 1 } as const;
  return store.consentEvents
    .find<Question>({ contact, seq, kind: 'prompted' }, { projection, hint: 'place-in-chain' })
    .toArray();
}

export type KeywordText = Pick<InboundDoc, '_id' | 'contact' | 'receivedAt' | 'recordedAt' | 'reading'>;

/** Texts of some people that were read as words of a program, among those that came at some moments. */
export async function keywordTextsAt(store: Store, acts: readonly ActRef[]): Promise<KeywordText[]> {
  if (acts.length === 0) return [];
  const contact = { $in: [...new Set(acts.map((act) => act.contact))] };
  const receivedAt = { $in: acts.map(({ actedAt }) => actedAt) };
  const filter = { contact, receivedAt, 'reading.kind': { $in: ['join', 'topics-on'] } };
  const projection = { contact: 1, receivedAt: 1, recordedAt: 1, reading: 1 } as const;
  return store.inbound.find<KeywordText>(filter, { projection, hint: 'of-contact' }).toArray();
}
