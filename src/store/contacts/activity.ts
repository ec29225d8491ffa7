import type { Document } from 'mongodb';
import { z } from 'zod';
import { EMPTY_PROFILE, type Profile } from '../../domain/contacts/profile.ts';
import { STAGES } from '../../domain/contacts/profile-changes.ts';
import type { StageRule } from '../../domain/contacts/stages.ts';
import { inBatches } from '../batching.ts';
import { type Database, defineCollection } from '../collection.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { defineSetting } from '../settings.ts';
import { inTransaction } from '../transaction.ts';
import { contacts } from './contacts.ts';
import { RAISED_ALIKE } from './duplicates.ts';

/** One thing that a person did, stored once. */
export type EventDoc = {
  /** Random, or the keyed hash of the id that the sending system gave. */
  _id: string;
  contact: string;
  type: string;
  at: Date;
  amount: number | null;
  receivedAt: Date;
  /** Absent when no code was reported with the event. */
  coupon?: Redeemed;
};

/** A code that was reported with an event, and the delivery that had the code. */
export type Redeemed = {
  /** "<pool>/<code>" */
  code: string;
  delivery: string;
  /** Absent when the delivery belongs to no campaign, or was deleted. */
  campaign?: string;
};

export const events = defineCollection<EventDoc>()('events', {
  'of-a-contact': { key: { contact: 1, at: 1 } },
  // For triggers of journeys: the newest events of some types.
  'by-type': { key: { type: 1, receivedAt: 1 } },
  // For reports: purchases with the codes of a campaign.
  'by-coupon': {
    key: { 'coupon.campaign': 1, type: 1, receivedAt: 1 },
    partialFilterExpression: { 'coupon.campaign': { $exists: true } },
  },
});

/** `again`: an event with this id was stored before. `no-contact`: there is no such contact, or it was erased. */
type Recorded = { kind: 'recorded' } | { kind: 'again'; event: EventDoc } | { kind: 'no-contact' };

type Done = Pick<Profile, 'days' | 'fadesAt' | 'stage'>;

/**
 * Stores an event and adds it to the profile's days and stage in one transaction, once per event id. The
 * transaction also reads the profile, so the database repeats it when another writer changes the contact.
 * Increments the profile's revision only for the first event of a person without a profile, and for a move to
 * another stage: the days are no part of what other writers write.
 */
export async function recordEvent(
  database: Database,
  event: EventDoc,
  fold: (before: Pick<Profile, 'days' | 'stage'>) => Done,
  budgetMs: number,
): Promise<Recorded> {
  try {
    return await inTransaction(database, budgetMs, async (session) => {
      const living = { _id: event.contact, sealed: { $ne: null } };
      const contact = await contacts(database).findOne(living, {
        session,
        projection: { 'profile.days': 1, 'profile.stage': 1 },
      });
      if (contact === null) return { kind: 'no-contact' };
      await events(database).insertOne(event, { session });
      const { days = [], stage = null } = contact.profile ?? {};
      const done = fold({ days, stage });
      const update = contact.profile === undefined ? firstOf(done) : changeOf(done, stage);
      await contacts(database).updateOne(living, update, { session, hint: { _id: 1 } });
      return { kind: 'recorded' };
    });
  } catch (error) {
    const before = isDuplicateKey(error) ? await events(database).findOne({ _id: event._id }) : null;
    if (before === null) throw error;
    return { kind: 'again', event: before };
  }
}

export async function findEvent(database: Database, id: string): Promise<EventDoc | null> {
  return events(database).findOne({ _id: id });
}

/** Whether an event of a type was ever recorded. Reads one index key. */
export async function isEventTypeSeen(database: Database, type: string): Promise<boolean> {
  const options = { projection: { _id: 0, type: 1 }, hint: events.hint('by-type') };
  return (await events(database).findOne({ type: { $eq: type } }, options)) !== null;
}

/** A type of events, and when the newest one of it was recorded. */
export type SeenEventType = { type: string; lastRecordedAt: Date };

/**
 * The types of all events in order. Reads two index keys per type, however many events there are. `after`: the type
 * after which to begin.
 */
export async function readEventTypes(
  database: Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<SeenEventType[]> {
  const seen: SeenEventType[] = [];
  const key = { projection: { _id: 0, type: 1, receivedAt: 1 }, hint: events.hint('by-type') } as const;
  let from = after ?? '';
  while (seen.length < limit) {
    const next = await events(database).findOne({ type: { $gt: from } }, { ...key, sort: { type: 1 } });
    if (next === null) break;
    const { type } = next;
    const last = await events(database).findOne({ type }, { ...key, sort: { receivedAt: -1 } });
    seen.push({ type, lastRecordedAt: last?.receivedAt ?? next.receivedAt });
    from = type;
  }
  return seen;
}

const firstOf = (done: Done) => [
  { $set: { profile: { $literal: { ...EMPTY_PROFILE, ...done } }, ...RAISED_ALIKE } },
];

function changeOf({ days, fadesAt, stage }: Done, before: Profile['stage']) {
  if (stage === before) return { $set: { 'profile.days': days, 'profile.fadesAt': fadesAt } };
  const parts = { days, fadesAt, stage };
  const set = Object.entries(parts).map(([part, value]) => [`profile.${part}`, { $literal: value }]);
  return [{ $set: { ...Object.fromEntries(set), ...RAISED_ALIKE } }];
}

/** Stages of the installation besides the default ones, and the rules that lead from one to another. */
export type OwnStages = { own: string[]; rules: StageRule[] };

const NONE: OwnStages = { own: [], rules: [] };

const named = { event: z.string(), to: z.string() };
const STAGE_RULE = z.discriminatedUnion('kind', [
  z.strictObject({
    ...named,
    kind: z.literal('did'),
    times: z.int().exactOptional(),
    days: z.int().exactOptional(),
    from: z.array(z.string()).exactOptional(),
    unstaged: z.literal(true).exactOptional(),
  }),
  z.strictObject({ ...named, kind: z.literal('did-not'), days: z.int(), from: z.array(z.string()) }),
]);
const OWN_STAGES = defineSetting<OwnStages>(
  'own stages',
  z.strictObject({ own: z.array(z.string()), rules: z.array(STAGE_RULE) }),
  NONE,
);

export const readStages = (database: Database): Promise<OwnStages> => OWN_STAGES.read(database);

/** How often to try again when others change the stages meanwhile. */
const ROUNDS = 20;

/**
 * Writes names and rules in one write, so that no rule leads to a stage that another writer removed. Calls `change`
 * again when another writer was first: what `change` keeps of the former value is then current. Throws what
 * `change` throws; nothing is written then.
 */
export async function changeStages(
  database: Database,
  change: (before: OwnStages) => OwnStages,
  at: Date,
): Promise<OwnStages> {
  // Makes sure that a value exists, with which later writes can compare.
  await OWN_STAGES.createOnce(database, NONE, at);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await readStages(database);
    const stages = change(before);
    const filter = { _id: OWN_STAGES.id, value: { $eq: before } };
    const { matchedCount } = await OWN_STAGES.in(database).updateOne(filter, { $set: { at, value: stages } });
    if (matchedCount === 1) return stages;
  }
  throw new Error('stages were changed by others again and again');
}

/** Every stage that a person can be put into. */
export async function stageNames(database: Database): Promise<Set<string>> {
  return new Set([...STAGES, ...(await readStages(database)).own]);
}

/**
 * Every stage that somebody is in, including removed ones. Reads one index key per stage, however many people are
 * in it.
 */
export async function stagesStoodIn(database: Database): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const found = await contacts(database).findOne(
      { 'profile.stage.name': { $gt: names.at(-1) ?? '' }, 'profile.stage.since': { $exists: true } },
      {
        projection: { 'profile.stage.name': 1 },
        sort: { 'profile.stage.name': 1 },
        hint: contacts.hint('by-stage'),
      },
    );
    const name = found?.profile?.stage?.name;
    if (name === undefined) return names;
    names.push(name);
  }
}

/** Contacts moved per write. */
const BATCH = 1000;

/**
 * Moves matching people into a stage, as of the moment of each write. `who` must filter on the stage and on since
 * when, which an index serves. Each write repeats the filter, so a change made meanwhile wins. Increments the
 * profile's revision, so that a save under way reads the profile again.
 */
export async function moveToStage(
  database: Database,
  who: Document,
  { to, now, goOn }: { to: string; now: () => Date; goOn: () => boolean },
): Promise<number> {
  const fit: Document = { $and: [who, { sealed: { $ne: null } }] };
  const found = contacts(database)
    .find(fit, { hint: contacts.hint('by-stage') })
    .project<{ _id: string }>({ _id: 1 });
  let moved = 0;
  for await (const batch of inBatches(found, BATCH)) {
    if (!goOn()) break;
    const ids = batch.map(({ _id }) => _id);
    const { modifiedCount } = await contacts(database).updateMany(
      { $and: [{ _id: { $in: ids } }, fit] },
      [{ $set: { 'profile.stage': { $literal: { name: to, since: now() } }, ...RAISED_ALIKE } }],
      { hint: { _id: 1 } },
    );
    moved += modifiedCount;
  }
  return moved;
}
