import { ObjectId } from 'mongodb';
import { z } from 'zod';
import type { EventKind } from '../../domain/consent/decision.ts';
import type { FiredTrigger } from '../../domain/journeys/triggers.ts';
import { inBatches } from '../batching.ts';
import type { Database } from '../collection.ts';
import { type ConsentEventDoc, consentEvents } from '../consent/consent-events.ts';
import { type InboundDoc, inbound } from '../consent/inbound-texts.ts';
import { type EventDoc, events } from '../contacts/activity.ts';
import { contacts } from '../contacts/contacts.ts';
import { defineSetting, marksOf, type Setting } from '../settings.ts';

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
 * Ledger entries since a moment, in batches. MongoDB creates their ids at the time of writing, and the ids begin
 * with its clock, so the ledger needs no other index for this.
 */
export function entriesSince(
  database: Database,
  since: Date,
  kinds: readonly EventKind[],
): AsyncIterable<TriggerEntry[]> {
  const from = ObjectId.createFromTime(Math.floor(since.getTime() / 1000));
  const filter = { _id: { $gte: from }, kind: { $in: [...kinds] } };
  const options = { projection: SHOWN, hint: { _id: 1 } } as const;
  return inBatches(consentEvents(database).find<TriggerEntry>(filter, options), BATCH);
}

/** Events of these types received since a moment, in batches. */
export function eventsSince(
  database: Database,
  since: Date,
  types: readonly string[],
): AsyncIterable<EventDoc[]> {
  const filter = { type: { $in: [...types] }, receivedAt: { $gte: since } };
  return inBatches(events(database).find(filter, { hint: events.hint('by-type') }), BATCH);
}

type Stood = { _id: string; profile: { stage: { name: string; since: Date } } };

/** Contacts who entered one of these stages since a moment and are still in it, in batches. */
export function stagesSince(
  database: Database,
  since: Date,
  stages: readonly string[],
): AsyncIterable<Stood[]> {
  const filter = { 'profile.stage.name': { $in: [...stages] }, 'profile.stage.since': { $gte: since } };
  const options = { projection: { 'profile.stage': 1 }, hint: contacts.hint('by-stage') };
  return inBatches(contacts(database).find<Stood>(filter, options), BATCH);
}

/** The prefix of the marks that hold deferred triggers; journey and contact follow. */
const MARK = 'journeys kept ';

/** Triggers that could not start a run because the person's data could not be decrypted. */
export type DeferredTrigger = { journey: string; contact: string; told: FiredTrigger[] };

const FIRED = z.object({ at: z.date(), actedAt: z.date().exactOptional() });
const DEFERRED = z.strictObject({ journey: z.string(), contact: z.string(), told: z.array(FIRED) });

const deferredOf = (place: string): Setting<DeferredTrigger, null> =>
  defineSetting<DeferredTrigger, null>(MARK + place, DEFERRED, null);

const triggersOf = ({ journey, contact }: Omit<DeferredTrigger, 'told'>): Setting<DeferredTrigger, null> =>
  deferredOf(`${journey} ${contact}`);

/**
 * Stores deferred triggers of a person; storing the same again changes nothing. True where the person had none
 * before.
 */
export async function keepTriggers(
  database: Database,
  { journey, contact, told }: DeferredTrigger,
  now: Date,
): Promise<boolean> {
  const setting = triggersOf({ journey, contact });
  const { upsertedCount } = await setting.in(database).updateOne(
    { _id: setting.id },
    {
      $setOnInsert: { at: now, 'value.journey': journey, 'value.contact': contact },
      $addToSet: { 'value.told': { $each: told } },
    },
    { upsert: true },
  );
  return upsertedCount === 1;
}

export async function keptTriggers(database: Database): Promise<DeferredTrigger[]> {
  return (await marksOf(database, MARK)).map(({ id, value }) => deferredOf(id).check(value));
}

export async function dropKept(database: Database, deferred: DeferredTrigger): Promise<void> {
  const setting = triggersOf(deferred);
  await setting.in(database).deleteOne({ _id: setting.id });
}

/** The fields that identify one act, in its ledger entry and in its text. */
export type ActRef = Pick<ConsentEventDoc, 'contact' | 'actedAt' | 'recordedAt'>;
type Question = ActRef & Pick<ConsentEventDoc, 'seq' | 'channel'>;

/**
 * Prompts in the ledgers of these contacts, at any of the given positions. The caller must still pair contact and
 * position.
 */
export async function questionsAt(
  database: Database,
  places: readonly { contact: string; seq: number }[],
): Promise<Question[]> {
  if (places.length === 0) return [];
  const contact = { $in: [...new Set(places.map((place) => place.contact))] };
  const seq = { $in: [...new Set(places.map((place) => place.seq))] };
  const projection = { _id: 0, contact: 1, seq: 1, channel: 1, actedAt: 1, recordedAt: 1 } as const;
  return consentEvents(database)
    .find<Question>(
      { contact, seq, kind: 'prompted' },
      { projection, hint: consentEvents.hint('place-in-chain') },
    )
    .toArray();
}

export type KeywordText = Pick<InboundDoc, '_id' | 'contact' | 'receivedAt' | 'recordedAt' | 'reading'>;

/**
 * Texts of these contacts that were interpreted as keywords, received at any of the given times. The caller must
 * still pair contact and time.
 */
export async function keywordTextsAt(database: Database, acts: readonly ActRef[]): Promise<KeywordText[]> {
  if (acts.length === 0) return [];
  const contact = { $in: [...new Set(acts.map((act) => act.contact))] };
  const receivedAt = { $in: acts.map(({ actedAt }) => actedAt) };
  const filter = { contact, receivedAt, 'reading.kind': { $in: ['join', 'topics-on'] } };
  const projection = { contact: 1, receivedAt: 1, recordedAt: 1, reading: 1 } as const;
  return inbound(database)
    .find<KeywordText>(filter, { projection, hint: inbound.hint('of-contact') })
    .toArray();
}
