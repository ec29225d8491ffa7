import { OPTING_OUT, type OptOutEntry } from '../../domain/campaigns/results.ts';
import type { ActChannel } from '../../domain/consent/channels.ts';
import type { DisclosureRef } from '../../domain/consent/consent-state.ts';
import type { EventKind } from '../../domain/consent/decision.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { HYGIENE_KINDS } from '../../domain/reports/list-hygiene.ts';
import { CLOSING_OR_OPENING, type DriftEntry } from '../../domain/reports/opt-out-drift.ts';
import { OPT_OUT_TYPE } from '../../domain/words/reading.ts';
import { type Database, defineCollection } from '../collection.ts';
import { contacts } from '../contacts/contacts.ts';
import type { Mac } from '../sealing/keys.ts';
import { inbound } from './inbound-texts.ts';

/** Personal fields of an entry. A salted commitment covers each of them, so that it can be erased. */
export const PERSONAL_FIELDS = ['number', 'words', 'shown', 'messageSid', 'origin'] as const;
export type PersonalField = (typeof PERSONAL_FIELDS)[number];

/** One entry of a holder's ledger. Insert only. */
export type ConsentEventDoc = {
  contact: string;
  seq: number;
  kind: EventKind;
  program: string | null;
  topics: string[];
  scope: Scope | null;
  reason: string | null;
  disclosure: DisclosureRef | null;
  channel: ActChannel;
  /** Our number; null when no sender took part. */
  sender: string | null;
  /** Who acted: "person", "key:<id>", "job:<name>". */
  actor: string;
  /** Version of the word lists or rules that decided. */
  rules: string;
  /** Sequence number of the entry that this entry answers. */
  answers: number | null;
  actedAt: Date;
  recordedAt: Date;
  /** SHA-256(salt ‖ field), hex, for each personal field present. */
  commitments: Partial<Record<PersonalField, string>>;
  /** Sealed under the evidence key: `{field: [salt, value]}`; null once erased. */
  sealed: Buffer | null;
  prev: string;
  hash: string;
  /** Over installation, contact, seq and hash, by a ledger key that is not in the database. */
  mac: Mac;
};

/** An entry before it is signed; signing happens when it is written. */
export type UnsignedEvent = Omit<ConsentEventDoc, 'mac'>;

/**
 * Index of the entries that a delivery report caused: blocks and opt-outs that the carrier knew and we did not.
 * There are few.
 */
export const OF_CARRIER = 'of-carrier';

/**
 * Index of the entries that list clean-up wrote. An act of a person writes none of these kinds, so this index costs
 * it nothing.
 */
export const BY_HYGIENE = 'by-hygiene';
export const consentEvents = defineCollection<ConsentEventDoc>()('consentEvents', {
  [OF_CARRIER]: { key: { recordedAt: 1, _id: 1 }, partialFilterExpression: { actor: 'carrier' } },
  'place-in-chain': { key: { contact: 1, seq: 1 }, unique: true },
  [BY_HYGIENE]: {
    key: { recordedAt: 1, _id: 1 },
    partialFilterExpression: { kind: { $in: [...HYGIENE_KINDS] } },
  },
});

/** Time limit, ms. Only an installation without a confirmed consent reads all entries, and it has few. */
const CONFIRMED_MS = 3000;

/** Whether anybody ever confirmed a consent. */
export async function hasConfirmedConsent(database: Database): Promise<boolean> {
  const options = { projection: { _id: 1 }, maxTimeMS: CONFIRMED_MS };
  return (await consentEvents(database).findOne({ kind: 'confirmed' }, options)) !== null;
}

/** Entries of a contact in order, after the sequence number `after`. */
export async function chainOf(
  database: Database,
  contact: string,
  page: { after: number; limit: number } = { after: 0, limit: 10_000 },
): Promise<ConsentEventDoc[]> {
  return consentEvents(database)
    .find({ contact, seq: { $gt: page.after } }, { projection: { _id: 0 } })
    .sort({ seq: 1 })
    .limit(page.limit)
    .toArray();
}

/** Entries at the end of a chain that one read may look at. */
const MOST_AT_END = 2000;

/** The last entries of a contact, in the order of the chain. */
export async function endOfChain(
  database: Database,
  contact: string,
  limit: number,
): Promise<ConsentEventDoc[]> {
  const found = consentEvents(database).find({ contact }, { projection: { _id: 0 } });
  return (await found.sort({ seq: -1 }).limit(limit).toArray()).reverse();
}

/**
 * Entries of a contact by the time of the act, newest first, at or before a moment. Reads the last 2000 entries only:
 * an act that was recorded before all of these does not come back.
 */
export async function entriesUntil(
  database: Database,
  contact: string,
  { until, limit, isByStaff = false }: { until: Date | null; limit: number; isByStaff?: boolean },
): Promise<ConsentEventDoc[]> {
  return consentEvents(database)
    .aggregate<ConsentEventDoc>([
      { $match: { contact } },
      { $sort: { seq: -1 } },
      { $limit: MOST_AT_END },
      ...(isByStaff ? [{ $match: { actor: BY_STAFF } }] : []),
      ...(until === null ? [] : [{ $match: { actedAt: { $lte: until } } }]),
      { $sort: { actedAt: -1, seq: -1 } },
      { $limit: limit },
      { $project: { _id: 0 } },
    ])
    .toArray();
}

const BY_STAFF = /^staff:/;

/** How many of these entries staff wrote. */
export const countByStaff = (database: Database, contact: string): Promise<number> =>
  consentEvents(database).countDocuments({ contact, actor: BY_STAFF });

/** Whole chains of some contacts, each in order. A contact without entries is absent. */
export async function chainsOf(
  database: Database,
  contacts: string[],
): Promise<ReadonlyMap<string, ConsentEventDoc[]>> {
  const events = consentEvents(database)
    .find({ contact: { $in: contacts } }, { projection: { _id: 0 } })
    .sort({ contact: 1, seq: 1 });
  const chains = new Map<string, ConsentEventDoc[]>();
  for await (const event of events) {
    const chain = chains.get(event.contact);
    if (chain === undefined) chains.set(event.contact, [event]);
    else chain.push(event);
  }
  return chains;
}

/** Ids in the ledger for which no contact exists, in order. Reads the whole ledger. */
export async function strayChains(database: Database): Promise<string[]> {
  const from = contacts(database).collectionName;
  const found = await consentEvents(database)
    .aggregate<{ _id: string }>([
      { $group: { _id: '$contact' } },
      {
        $lookup: {
          from,
          localField: '_id',
          foreignField: '_id',
          as: 'holder',
          pipeline: [{ $project: { _id: 1 } }],
        },
      },
      { $match: { holder: [] } },
      { $project: { _id: 1 } },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  return found.map(({ _id }) => _id);
}

/** Entries of a contact with some kinds, in order. */
export async function entriesOf(
  database: Database,
  contact: string,
  kinds: readonly EventKind[],
): Promise<ConsentEventDoc[]> {
  const filter = { contact, kind: { $in: [...kinds] } };
  return consentEvents(database)
    .find(filter, { projection: { _id: 0 } })
    .sort({ seq: 1 })
    .toArray();
}

/** Opt-outs in the ledgers of some contacts. Rejects when the database takes longer than the budget, ms. */
export async function optOutsAmong(
  database: Database,
  contacts: readonly string[],
  budgetMs: number,
): Promise<(OptOutEntry & { contact: string })[]> {
  return consentEvents(database)
    .find(
      { contact: { $in: [...contacts] }, kind: { $in: [...OPTING_OUT] } },
      {
        projection: { _id: 0, contact: 1, kind: 1, scope: 1, actedAt: 1 },
        hint: consentEvents.hint('place-in-chain'),
        maxTimeMS: budgetMs,
      },
    )
    .toArray();
}

export type TimeSpan = { from: Date; to: Date };

/** A text that may have opted its sender out; only the sender's ledger tells. */
export type TextTold = { contact: string; actedAt: Date; recordedAt: Date };

/** How such texts are read: a NO and a birth date may close the prompt that they answer. */
const MAY_CLOSE = ['stop-all', 'stop-some', 'no', 'birth-date'];

/** Texts that arrived only through Twilio's message list. */
export const textsByList = (database: Database, span: TimeSpan): Promise<TextTold[]> =>
  textsTold(database, span, { door: 'list' });

/**
 * Texts that are an opt-out only because Twilio's OptOutType says so. A text from the message list has no
 * OptOutType.
 */
export const textsByType = (database: Database, span: TimeSpan): Promise<TextTold[]> =>
  textsTold(database, span, { 'reading.rule': OPT_OUT_TYPE });

async function textsTold(
  database: Database,
  { from, to }: TimeSpan,
  which: Record<string, unknown>,
): Promise<TextTold[]> {
  const rows = await inbound(database)
    .find(
      { ...which, 'reading.kind': { $in: MAY_CLOSE }, recordedAt: { $gte: from, $lt: to } },
      { projection: { _id: 0, contact: 1, receivedAt: 1, recordedAt: 1 } },
    )
    .toArray();
  return rows.flatMap(({ contact, receivedAt: actedAt, recordedAt }) =>
    contact === null ? [] : { contact, actedAt, recordedAt },
  );
}

/** An opt-out that an error code of the carrier revealed. */
export type OptOutError = Pick<
  ConsentEventDoc,
  'contact' | 'seq' | 'actor' | 'channel' | 'reason' | 'recordedAt'
>;

export async function optOutErrors(database: Database, { from, to }: TimeSpan): Promise<OptOutError[]> {
  return consentEvents(database)
    .find(
      { actor: 'carrier', kind: 'withdrawn', recordedAt: { $gte: from, $lt: to } },
      {
        projection: { _id: 0, contact: 1, seq: 1, actor: 1, channel: 1, reason: 1, recordedAt: 1 },
        hint: OF_CARRIER,
      },
    )
    .toArray();
}

/** Entries of some contacts that closed or reopened something, by contact. */
export async function closingChains(database: Database, contacts: string[]): Promise<DriftEntry[]> {
  return consentEvents(database)
    .find(
      { contact: { $in: contacts }, kind: { $in: [...CLOSING_OR_OPENING] } },
      {
        projection: { _id: 0, contact: 1, seq: 1, kind: 1, program: 1, scope: 1, actor: 1, actedAt: 1 },
        hint: consentEvents.hint('place-in-chain'),
      },
    )
    .sort({ contact: 1, seq: 1 })
    .toArray();
}
