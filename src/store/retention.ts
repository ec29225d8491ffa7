import type { Filter } from 'mongodb';
import { z } from 'zod';
import { USUAL_WORDS_DAYS, type WalksDone } from '../domain/retention.ts';
import type { Database } from './collection.ts';
import { backTests } from './consent/back-tests.ts';
import { type InboundDoc, inbound } from './consent/inbound-texts.ts';
import { contacts } from './contacts/contacts.ts';
import { verifications } from './contacts/verification.ts';
import { type DeliveryDoc, deliveries } from './deliveries/delivery.ts';
import { defineSetting } from './settings.ts';

const WORDS_DAYS = defineSetting('retention days', z.int(), USUAL_WORDS_DAYS);

/** Days for which message texts are kept: the default until an operator sets another number. */
export const readWordsDays = (database: Database): Promise<number> => WORDS_DAYS.read(database);

export const writeWordsDays = (database: Database, days: number, at: Date): Promise<void> =>
  WORDS_DAYS.write(database, days, at);

/** The time span of one retention pass. An earlier pass has done everything before `from`. */
export type Aged = { from: Date; until: Date };

/** One pass over all people. `position` is the last contact that is done. */
export type RetentionRound = Aged & { position: string };

/** `round` null: no pass is under way. */
export type RetentionState = WalksDone & { round: RetentionRound | null };

const time = z.date().nullable();
const ROUND = defineSetting<RetentionState>(
  'retention round',
  z.strictObject({
    round: z.strictObject({ from: z.date(), until: z.date(), position: z.string() }).nullable(),
    doneUntil: time,
    wholeAt: time,
  }),
  { round: null, doneUntil: null, wholeAt: null },
);

export const readRound = (database: Database): Promise<RetentionState> => ROUND.read(database);

export const writeRound = (database: Database, state: RetentionState, at: Date): Promise<void> =>
  ROUND.write(database, state, at);

/** Ids of the next contacts, including erased ones. */
export async function nextContacts(database: Database, after: string, limit: number): Promise<string[]> {
  const found = await contacts(database)
    .find({ _id: { $gt: after } }, { projection: { _id: 1 }, sort: { _id: 1 }, hint: { _id: 1 }, limit })
    .toArray();
  return found.map(({ _id }) => _id);
}

const WORDED: Filter<InboundDoc> = {
  $or: [
    { sealed: { $ne: null } },
    { unreadable: { $ne: null } },
    // An erased person's texts are gone already, but the reason why their inbox item was ended may still be there.
    { 'ended.reason': { $exists: true } },
  ],
};

/**
 * Filter for inbound texts whose words must be deleted. An open inbox item keeps its words, because it waits for an
 * answer.
 */
export const agedTexts = (contacts: readonly string[] | null, { from, until }: Aged): Filter<InboundDoc> => ({
  contact: contacts === null ? null : { $in: [...contacts] },
  receivedAt: { $gte: from, $lt: until },
  ...WORDED,
  inbox: { $ne: 'open' },
});

/** Filter for inbox items from before `until` that have ended and still have their words. */
export const lateItems = (until: Date): Filter<InboundDoc> => ({
  inbox: { $in: ['answered', 'closed'] },
  // An ended item has no urgency. Naming the field lets the query use the inbox index up to its time.
  urgency: { $exists: false },
  receivedAt: { $lt: until },
  ...WORDED,
});

/** The contacts of those items. Uses the index of inbox items, which holds no other texts. */
export async function contactsOfLateItems(database: Database, until: Date): Promise<string[]> {
  const options = { projection: { _id: 0, contact: 1 }, hint: inbound.hint('inbox') };
  const found = await inbound(database).find(lateItems(until), options).toArray();
  return [...new Set(found.flatMap(({ contact }) => contact ?? []))];
}

/** Filter for deliveries whose words must be deleted: those in a final state. */
export const agedMessages = (contacts: readonly string[], { from, until }: Aged): Filter<DeliveryDoc> => ({
  contact: { $in: [...contacts] },
  createdAt: { $gte: from, $lt: until },
  sealed: { $ne: null },
  open: { $exists: false },
});

type Worn = { texts: number; messages: number };

/**
 * Deletes the words of some people's inbound texts and deliveries, or counts them in a dry run. `contacts` null:
 * texts that belong to nobody.
 */
export async function endWords(
  database: Database,
  contacts: readonly string[] | null,
  aged: Aged,
  dry: boolean,
): Promise<Worn> {
  const hint = 'of-contact';
  const texts = agedTexts(contacts, aged);
  const messages = contacts === null ? null : agedMessages(contacts, aged);
  if (dry) {
    return {
      texts: await inbound(database).countDocuments(texts, { hint }),
      messages: messages === null ? 0 : await deliveries(database).countDocuments(messages, { hint }),
    };
  }
  const wear = { $set: { sealed: null, unreadable: null }, $unset: { 'ended.reason': '' } } as const;
  const gone = await inbound(database).updateMany(texts, wear, { hint });
  const said =
    messages === null
      ? null
      : await deliveries(database).updateMany(messages, { $set: { sealed: null } }, { hint });
  return { texts: gone.modifiedCount, messages: said?.modifiedCount ?? 0 };
}

/** Deletes the verification runs and back-tests that ended before `before`, or counts them in a dry run. */
export async function endRuns(database: Database, before: Date, dry: boolean): Promise<number> {
  const filter = { endedAt: { $lt: before } };
  const counts = await Promise.all(
    [verifications(database), backTests(database)].map(async (runs) =>
      dry ? runs.countDocuments(filter) : (await runs.deleteMany(filter)).deletedCount,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
