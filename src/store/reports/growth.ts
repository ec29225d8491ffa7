import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { DAY_MS } from '../../domain/durations.ts';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import {
  type GrowthEntry,
  MOVING_OR_HOLDING,
  type OptOutSource,
  type SubscriberMove,
} from '../../domain/reports/growth.ts';
import { type Database, defineCollection } from '../collection.ts';
import { StaleRead } from '../consent/commit.ts';
import { consentEvents } from '../consent/consent-events.ts';
import { inbound } from '../consent/inbound-texts.ts';
import { deliveries } from '../deliveries/delivery.ts';
import { defineSetting } from '../settings.ts';

import { inTransaction } from '../transaction.ts';
import { REPORT_MS } from './limits.ts';

/** A text that complains, and its author. */
export type Complaint = { contact: string; receivedAt: Date };

/** Complaints to some of our numbers, in the order of their arrival. */
export async function* complaintsTo(
  database: Database,
  numbers: readonly string[],
  { from, to }: { from: Date; to: Date },
  ms = REPORT_MS,
): AsyncGenerator<Complaint> {
  const texts = inbound(database)
    .find(
      { complaint: true, receivedAt: { $gte: from, $lt: to }, to: { $in: [...numbers] } },
      { projection: { _id: 0, contact: 1, receivedAt: 1 }, hint: inbound.hint('complaints'), maxTimeMS: ms },
    )
    .sort({ receivedAt: 1 });
  for await (const { contact, receivedAt } of texts) if (contact !== null) yield { contact, receivedAt };
}

/** A number of people of one program who made the same move on one day, or a number of opt-outs. */
export type DailyMoves = {
  /** "<program> <day> <kind> <campaign> <source>", with "-" for an absent part. */
  _id: string;
  program: string;
  /** In the program's zone. */
  day: string;
  /** `opt-out`: one act of one person, however many programs it ended. */
  kind: SubscriberMove['kind'] | 'opt-out';
  /** For an opt-out: the campaign whose message came before it, and its source. */
  campaign: string | null;
  source: OptOutSource | null;
  count: number;
};

export const dailyMoves = defineCollection<DailyMoves>()('dailyMoves', {});

export const movesId = ({
  program,
  day,
  kind,
  campaign,
  source,
}: Omit<DailyMoves, '_id' | 'count'>): string =>
  [program, day, kind, campaign ?? '-', source ?? '-'].join(' ');

/** Up to where the ledger is counted. */
const COUNTED = defineSetting('dailyMoves', z.string().nullable(), null);

/**
 * The last ledger entry that is counted; null before the first. Entries are ordered by the ids that the database
 * gave them.
 */
export const readMoveMark = (database: Database): Promise<string | null> => COUNTED.read(database);

/**
 * At most `limit` entries after an entry id, written before a time of the database's clock, oldest first; null: all
 * of them.
 */
export async function ledgerAfter(
  database: Database,
  after: string | null,
  until: Date | null,
  limit: number,
  ms = REPORT_MS,
): Promise<{ entries: GrowthEntry[]; last: string | null }> {
  const _id = {
    ...(after === null ? {} : { $gt: new ObjectId(after) }),
    ...(until === null ? {} : { $lt: ObjectId.createFromTime(Math.floor(until.getTime() / 1000)) }),
  };
  const found = await consentEvents(database)
    .find(Object.keys(_id).length === 0 ? {} : { _id }, {
      projection: OPEN,
      hint: { _id: 1 },
      maxTimeMS: ms,
    })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  const last = found.at(-1);
  return { entries: found, last: last === undefined ? null : String(last._id) };
}

const OPEN = { commitments: 0, sealed: 0, prev: 0, hash: 0, topics: 0, disclosure: 0 };

/** Ledger entries of some people that moved or held them, by contact. */
export async function movingChains(
  database: Database,
  contacts: string[],
  ms = REPORT_MS,
): Promise<GrowthEntry[]> {
  return consentEvents(database)
    .find(
      { contact: { $in: contacts }, kind: { $in: [...MOVING_OR_HOLDING] } },
      { projection: { ...OPEN, _id: 0 }, hint: consentEvents.hint('place-in-chain'), maxTimeMS: ms },
    )
    .sort({ contact: 1, seq: 1 })
    .toArray();
}

/**
 * Adds counts and advances the mark, both or neither. Throws `StaleRead` when another process counted meanwhile;
 * nothing is added twice.
 */
export async function addMoves(
  database: Database,
  rows: readonly DailyMoves[],
  mark: { from: string | null; to: string; at: Date },
): Promise<void> {
  await inTransaction(database, REPORT_MS, async (session) => {
    const held = { _id: COUNTED.id, ...(mark.from === null ? {} : { value: mark.from }) };
    const value = { value: mark.to, at: mark.at };
    const moved =
      mark.from === null
        ? await COUNTED.in(database).updateOne(held, { $setOnInsert: value }, { upsert: true, session })
        : await COUNTED.in(database).updateOne(held, { $set: value }, { session });
    if (moved.modifiedCount + moved.upsertedCount === 0) throw new StaleRead('another process counted');
    if (rows.length === 0) return;
    const writes = rows.map(({ _id, count, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: fields, $inc: { count } }, upsert: true },
    }));
    await dailyMoves(database).bulkWrite(writes, { session, ordered: false });
  });
}

/** Moves of a program on some days. `since` "": from the first day. */
export async function readMoves(
  database: Database,
  { program, since, until }: { program: string; since: string; until: string },
  ms = REPORT_MS,
): Promise<DailyMoves[]> {
  const _id = { $gte: `${program} ${since}`, $lt: `${program} ${until} ~` };
  return dailyMoves(database)
    .find({ _id }, { hint: { _id: 1 }, maxTimeMS: ms })
    .toArray();
}

/**
 * Longest time between planning and sending for which a message is still found, ms: otherwise the report of one day
 * would read all messages of many years.
 */
const WAITED_MS = 62 * DAY_MS;

/** A campaign message that was sent to one of some people in a time span. */
export type CampaignMessage = { contact: string; campaign: string; program: string | null; at: Date };

export async function campaignMessages(
  database: Database,
  contacts: string[],
  { from, to }: { from: Date; to: Date },
  ms = REPORT_MS,
): Promise<CampaignMessage[]> {
  const rows = await deliveries(database)
    .find(
      {
        contact: { $in: contacts },
        createdAt: { $gte: new Date(from.getTime() - WAITED_MS) },
        campaign: { $exists: true },
        state: { $in: [...HANDED_OVER_STATES] },
        'decision.at': { $gte: from, $lte: to },
      },
      {
        projection: { contact: 1, campaign: 1, program: 1, decision: 1 },
        hint: deliveries.hint('of-contact'),
        maxTimeMS: ms,
      },
    )
    .toArray();
  return rows.flatMap(({ contact, campaign, program, decision }) =>
    campaign === undefined || decision === null ? [] : { contact, campaign, program, at: decision.at },
  );
}
