import type { Prompt } from '../../domain/consent/consent-state.ts';
import type { Tried } from '../../domain/sending/unknown-outcome.ts';
import type { Database } from '../collection.ts';
import { contacts } from '../contacts/contacts.ts';
import { inSession, withTimeLimit } from '../transaction.ts';
import { deliveries } from './delivery.ts';

/** Deliveries of a person that are searched for the number they know. For most people one of the newest shows it. */
export const LOOK_BACK = 50;
const NEWEST = 3;

/** The numbers of a program among which a person's known number is searched. */
type KnownBy = { program: string; numbers: readonly string[] };

/**
 * The number by which each of some people knows a program: the sender of the last message that the carrier accepted.
 * People who know none are missing. One command reads the newest deliveries; a second looks further back for people
 * without a result.
 */
export async function findKnownSenders(
  database: Database,
  contacts: readonly string[],
  of: KnownBy,
): Promise<ReadonlyMap<string, string>> {
  const known = await findAmong(database, contacts, of, NEWEST);
  const others = contacts.filter((contact) => !known.has(contact));
  return new Map([...known, ...(await findAmong(database, others, of, LOOK_BACK))]);
}

async function findAmong(
  database: Database,
  contactIds: readonly string[],
  of: KnownBy,
  newest: number,
): Promise<ReadonlyMap<string, string>> {
  if (contactIds.length === 0) return new Map();
  const found = await contacts(database)
    .aggregate<Known>(knownStages(contactIds, of, newest), { hint: { _id: 1 } })
    .toArray();
  return new Map(found.map(({ _id, last: [{ sender }] }) => [_id, sender]));
}

type Known = { _id: string; last: [{ sender: string }] };

/** The limit comes before the match: however many messages of other programs a person has had, no more are read. */
function knownStages(contacts: readonly string[], { program, numbers }: KnownBy, newest: number): object[] {
  const last = [
    { $sort: { createdAt: -1 } },
    { $limit: newest },
    { $match: { program, sender: { $in: numbers }, acceptedAt: { $exists: true } } },
    { $limit: 1 },
    { $project: { _id: 0, sender: 1 } },
  ];
  const from = { from: 'deliveries', localField: '_id', foreignField: 'contact' };
  return [
    { $match: { _id: { $in: contacts } } },
    { $project: { _id: 1 } },
    { $lookup: { ...from, pipeline: last, as: 'last' } },
    { $match: { last: { $ne: [] } } },
  ];
}

/** Longest time for this query, ms: opt-outs wait for it. */
const BUDGET_MS = 1000;

const TOLD = {
  ...{ state: 1, answers: 1, acceptedAt: 1, carrierSid: 1, extraSids: 1 },
  ...{ epoch: 1, lookUpAt: 1, lookups: 1 },
} as const;

/**
 * The state of some confirmations of opt-outs. A deleted delivery is left out. Rejects where the database takes
 * longer than a second.
 */
export function findConfirmations(database: Database, ids: string[]): Promise<(Tried & { _id: string })[]> {
  const options = { projection: TOLD, hint: { _id: 1 }, maxTimeMS: BUDGET_MS };
  const rows = deliveries(database).find<Tried & { _id: string }>({ _id: { $in: ids } }, options);
  return withTimeLimit(BUDGET_MS, rows.toArray());
}

type Question = Tried & { prompt: string; sender: string };

/** The state of the messages of some prompts to some contacts. */
export async function findQuestions(
  database: Database,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
): Promise<Question[]> {
  const ids = asked.map(({ id }) => id);
  const first = new Date(Math.min(...asked.map(({ issuedAt }) => issuedAt.getTime())));
  const options = { projection: { ...TOLD, prompt: 1, sender: 1 }, hint: deliveries.hint('of-contact') };
  return deliveries(database)
    .find<Question>(
      { contact: { $in: [...contacts] }, createdAt: { $gte: first }, prompt: { $in: ids } },
      options,
    )
    .toArray();
}

/**
 * Whether the send time of a prompt is still to be recorded: a worker has claimed the message, or its delivery report
 * came before the answer to its own call. Never older than what this process wrote.
 */
export async function isUnderWay(
  database: Database,
  { contact, prompt, issuedAt }: { contact: string; prompt: string; issuedAt: Date },
): Promise<boolean> {
  const options = { projection: { state: 1, decision: 1 }, hint: deliveries.hint('of-contact') };
  const filter = { contact, createdAt: { $gte: issuedAt }, prompt };
  const rows = await inSession(database, (session) =>
    deliveries(database)
      .find(filter, { ...options, session })
      .toArray(),
  );
  return rows.some(({ state, decision }) => state === 'sending' || decision?.by === 'receipt');
}
