import type { Prompt } from '../../domain/consent/person.ts';
import type { Tried } from '../../domain/sending/never-left.ts';
import { inTime } from '../in-time.ts';
import type { Store } from '../store.ts';
import { inSession } from '../transaction.ts';

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
  return inTime(BUDGET_MS, rows.toArray());
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
