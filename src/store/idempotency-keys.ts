import { Schema } from 'mongoose';
import { keptSeconds } from '../domain/retention.ts';
import { isDuplicateKey } from './database-errors.ts';
import type { Store } from './store.ts';

/** How long whoever took a request on is left alone with it, ms: longer than any request takes. */
const BUSY_MS = 15_000;

/** One API request that may be sent again. Keyed hashes and an answer that holds neither number nor text. */
export type IdempotencyDoc = {
  /** Keyed hash of the header under the API key's own secret. */
  _id: string;
  /** Id of the API key. */
  key: string;
  /** Keyed hash of route, ids in it and body. */
  asked: string;
  /** Raised whenever a process takes it on: an answer is kept only by the last that did. */
  epoch: number;
  /** Null once nobody works on it. */
  busyUntil: Date | null;
  /** The first answer, its body as JSON. */
  answer: { status: number; json: string } | null;
  createdAt: Date;
};

export const idempotencySchema = new Schema(
  {
    _id: String,
    key: { type: String, required: true },
    asked: { type: String, required: true },
    epoch: Number,
    busyUntil: Date,
    answer: Schema.Types.Mixed,
    createdAt: { type: Date, required: true },
  },
  { collection: 'idempotencyKeys', strict: 'throw', versionKey: false, autoIndex: false },
);
idempotencySchema.index(
  { createdAt: 1 },
  { expireAfterSeconds: keptSeconds('idempotencyKeys'), name: 'kept' },
);

type Asked = Pick<IdempotencyDoc, '_id' | 'key' | 'asked'>;
export type StoredAnswer = NonNullable<IdempotencyDoc['answer']>;

type Begun =
  /** Ours to answer, under this epoch. */
  | { kind: 'ours'; epoch: number }
  | { kind: 'answered'; answer: StoredAnswer }
  | { kind: 'other-request' }
  | { kind: 'busy'; until: Date };

/** Takes a request on, unless it was answered, another one has its key, or another process is busy with it. */
export async function beginRequest(store: Store, asked: Asked, now: Date): Promise<Begun> {
  const busyUntil = new Date(now.getTime() + BUSY_MS);
  try {
    const fresh = { ...asked, epoch: 1, busyUntil, answer: null, createdAt: now };
    await store.idempotencyKeys.insertOne(fresh);
    return { kind: 'ours', epoch: 1 };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const found = await store.idempotencyKeys.findOne({ _id: asked._id });
  // Given up by the one who had it, between the two looks.
  if (found === null) return { kind: 'busy', until: now };
  if (found.asked !== asked.asked) return { kind: 'other-request' };
  if (found.answer !== null) return { kind: 'answered', answer: found.answer };
  if (found.busyUntil !== null && found.busyUntil > now) return { kind: 'busy', until: found.busyUntil };
  return takeOn(store, found, busyUntil);
}

/** What a process that died left: taken on by one of those who ask again. */
async function takeOn(store: Store, { _id, epoch }: IdempotencyDoc, busyUntil: Date): Promise<Begun> {
  const taken = await store.idempotencyKeys.updateOne(
    { _id, epoch, answer: null },
    { $set: { busyUntil }, $inc: { epoch: 1 } },
  );
  return taken.modifiedCount === 1 ? { kind: 'ours', epoch: epoch + 1 } : { kind: 'busy', until: busyUntil };
}

type Held = { _id: string; epoch: number };

/** Keeps the answer; it is given to everyone who asks the same again. */
export async function keepAnswer(store: Store, { _id, epoch }: Held, answer: StoredAnswer): Promise<void> {
  await store.idempotencyKeys.updateOne({ _id, epoch, answer: null }, { $set: { answer, busyUntil: null } });
}

/** Lets the next one try at once; the key stays bound to what was asked. */
export async function releaseKey(store: Store, { _id, epoch }: Held): Promise<void> {
  await store.idempotencyKeys.updateOne({ _id, epoch, answer: null }, { $set: { busyUntil: null } });
}

/** Frees the key where nothing was done under it. */
export async function forget(store: Store, { _id, epoch }: Held): Promise<void> {
  await store.idempotencyKeys.deleteOne({ _id, epoch, answer: null });
}
