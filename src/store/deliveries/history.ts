import type { Prompt } from '../../domain/consent/consent-state.ts';
import type { Tried } from '../../domain/sending/unknown-outcome.ts';
import type { Store } from '../store.ts';
import { inSession, withTimeLimit } from '../transaction.ts';

/** Deliveries of a person in which the number they know is looked for; most show it among the newest. */
export const LOOK_BACK = 50;
const NEWEST = 3;

/** Numbers of a program among which the one that somebody knows it by is looked for. */
type KnownBy = { program: string; numbers: readonly string[] };

/**
 * The number that each of some people knows a program by: the one that the last message left from which the carrier took.
 * Who knows none of them is not among them. One command; another looks further back for those of whom it showed none.
 */
export async function findKnownSenders(
  store: Store,
  contacts: readonly string[],
  of: KnownBy,
): Promise<ReadonlyMap<string, string>> {
  const known = await findAmong(store, contacts, of, NEWEST);
  const others = contacts.filter((one) => !known.has(one));
  return new Map([...known, ...(await findAmong(store, others, of, LOOK_BACK))]);
}

async function findAmong(
  store: Store,
  contacts: readonly string[],
  of: KnownBy,
  newest: number,
): Promise<ReadonlyMap<string, string>> {
  if (contacts.length === 0) return new Map();
  const found = await store.contacts
    .aggregate<Known>(knownStages(contacts, of, newest), { hint: { _id: 1 } })
    .toArray();
  return new Map(found.map(({ _id, last: [{ sender }] }) => [_id, sender]));
}

type Known = { _id: string; last: [{ sender: string }] };

/** The limit comes before the match: however many messages of other programs somebody has had, no more are read. */
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

/** Longest that the look may take, ms: opt-outs wait for it. */
const BUDGET_MS = 1000;

const TOLD = {
  ...{ state: 1, answers: 1, acceptedAt: 1, carrierSid: 1, extraSids: 1 },
  ...{ epoch: 1, lookUpAt: 1, lookups: 1 },
} as const;

/** What became of some confirmations of opt-outs; one whose row is gone is left out. Rejects where the database took longer than a second. */
export function findConfirmations(store: Store, ids: string[]): Promise<(Tried & { _id: string })[]> {
  const options = { projection: TOLD, hint: { _id: 1 }, maxTimeMS: BUDGET_MS };
  const rows = store.deliveries.find<Tried & { _id: string }>({ _id: { $in: ids } }, options);
  return withTimeLimit(BUDGET_MS, rows.toArray());
}

type Question = Tried & { prompt: string; sender: string };

/** What became of the messages that put some questions to some contacts. */
export async function findQuestions(
  store: Store,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
): Promise<Question[]> {
  const ids = asked.map(({ id }) => id);
  const first = new Date(Math.min(...asked.map(({ issuedAt }) => issuedAt.getTime())));
  const options = { projection: { ...TOLD, prompt: 1, sender: 1 }, hint: 'of-contact' };
  return store.deliveries
    .find<Question>(
      { contact: { $in: [...contacts] }, createdAt: { $gte: first }, prompt: { $in: ids } },
      options,
    )
    .toArray();
}

/**
 * Whether it is still to be told when the message left that puts a question: a worker has claimed it, or the carrier's word of
 * it came before the answer of its own call. Never older than what this process wrote.
 */
export async function isUnderWay(
  store: Store,
  { contact, prompt, issuedAt }: { contact: string; prompt: string; issuedAt: Date },
): Promise<boolean> {
  const options = { projection: { state: 1, decision: 1 }, hint: 'of-contact' };
  const filter = { contact, createdAt: { $gte: issuedAt }, prompt };
  const rows = await inSession(store, (session) =>
    store.deliveries.find(filter, { ...options, session }).toArray(),
  );
  return rows.some(({ state, decision }) => state === 'sending' || decision?.by === 'receipt');
}
