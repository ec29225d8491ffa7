import { keptSeconds } from '../domain/retention.ts';
import { type Database, defineCollection } from './collection.ts';
import { isDuplicateKey } from './database-errors.ts';

/**
 * How long a process may work on a request before another process may take the request over, ms: longer than any
 * request takes.
 */
const BUSY_MS = 15_000;

/** One API request that the client may send again. Holds keyed hashes, and an answer without numbers and texts. */
export type IdempotencyDoc = {
  /** Keyed hash of the header under the API key's own secret. */
  _id: string;
  /** Id of the API key. */
  key: string;
  /** Keyed hash of the route, the ids in the path and the body. */
  asked: string;
  /**
   * Incremented whenever a process takes the request over. Only the process with the last epoch may store the
   * answer.
   */
  epoch: number;
  /** Null when no process works on the request. */
  busyUntil: Date | null;
  /** The first answer. Its body is JSON. */
  answer: { status: number; json: string } | null;
  createdAt: Date;
};

export const idempotencyKeys = defineCollection<IdempotencyDoc>()('idempotencyKeys', {
  kept: { key: { createdAt: 1 }, expireAfterSeconds: keptSeconds('idempotencyKeys') },
});

type IdempotentRequest = Pick<IdempotencyDoc, '_id' | 'key' | 'asked'>;
export type StoredAnswer = NonNullable<IdempotencyDoc['answer']>;

type Begun =
  /** This process must answer, under this epoch. */
  | { kind: 'ours'; epoch: number }
  | { kind: 'answered'; answer: StoredAnswer }
  | { kind: 'other-request' }
  | { kind: 'busy'; until: Date };

/**
 * Starts work on a request, unless the request was answered, its key belongs to another request, or another process
 * works on it.
 */
export async function beginRequest(database: Database, asked: IdempotentRequest, now: Date): Promise<Begun> {
  const busyUntil = new Date(now.getTime() + BUSY_MS);
  try {
    const fresh = { ...asked, epoch: 1, busyUntil, answer: null, createdAt: now };
    await idempotencyKeys(database).insertOne(fresh);
    return { kind: 'ours', epoch: 1 };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const found = await idempotencyKeys(database).findOne({ _id: asked._id });
  // The other process deleted the key between the insert and this read.
  if (found === null) return { kind: 'busy', until: now };
  if (found.asked !== asked.asked) return { kind: 'other-request' };
  if (found.answer !== null) return { kind: 'answered', answer: found.answer };
  if (found.busyUntil !== null && found.busyUntil > now) return { kind: 'busy', until: found.busyUntil };
  return takeOn(database, found, busyUntil);
}

/** Takes over a request whose process died. Of several processes that try, one wins. */
async function takeOn(database: Database, { _id, epoch }: IdempotencyDoc, busyUntil: Date): Promise<Begun> {
  const taken = await idempotencyKeys(database).updateOne(
    { _id, epoch, answer: null },
    { $set: { busyUntil }, $inc: { epoch: 1 } },
  );
  return taken.modifiedCount === 1 ? { kind: 'ours', epoch: epoch + 1 } : { kind: 'busy', until: busyUntil };
}

type Held = { _id: string; epoch: number };

/** Stores the answer, which every repetition of the request then gets. */
export async function keepAnswer(
  database: Database,
  { _id, epoch }: Held,
  answer: StoredAnswer,
): Promise<void> {
  await idempotencyKeys(database).updateOne(
    { _id, epoch, answer: null },
    { $set: { answer, busyUntil: null } },
  );
}

/** Lets the next repetition run at once. The key stays bound to this request. */
export async function releaseKey(database: Database, { _id, epoch }: Held): Promise<void> {
  await idempotencyKeys(database).updateOne({ _id, epoch, answer: null }, { $set: { busyUntil: null } });
}

/** Deletes the key when the request changed nothing. */
export async function forget(database: Database, { _id, epoch }: Held): Promise<void> {
  await idempotencyKeys(database).deleteOne({ _id, epoch, answer: null });
}
