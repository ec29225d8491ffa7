import {
  type ClientSession,
  type ClusterTime,
  MongoOperationTimeoutError,
  type Timestamp,
  type TransactionOptions,
} from 'mongodb';
import { isDatabaseAway } from './database-errors.ts';
import type { Store } from './store.ts';

const MAJORITY: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
};

/**
 * The newest time of the database that a session of this process has seen, and its clock then, without which a primary whose
 * own clock is behind would refuse to wait for it. Nothing before the first.
 */
export type SeenTime = { operationTime?: Timestamp; clusterTime?: ClusterTime };

/** How long a session may take, ms: a lease, after which nothing that was read in it may be acted on. */
const SESSION_MS = 3000;

/**
 * Ops of one transaction, then the majority's word. Transient conflicts are retried by the driver until `budgetMs` is over;
 * then it rejects, and nothing is committed that was not being committed already.
 */
export async function inTransaction<T>(
  store: Store,
  budgetMs: number,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = store.client.startSession({ causalConsistency: true });
  let over = false;
  const unlessOver = (): void => {
    if (over) throw new Error('the time of a transaction was over');
  };
  const tried = async (): Promise<T> => {
    unlessOver();
    const result = await work(session);
    unlessOver();
    return result;
  };
  try {
    return await withTimeLimit(
      budgetMs,
      session.withTransaction(tried, MAJORITY).finally(() => end(store, session)),
    );
  } finally {
    over = true;
  }
}

/**
 * One causally consistent session: what it reads is never older than what it wrote, or than what any earlier session or
 * transaction of this process wrote or read. Without that, a primary that was elected just now may answer a majority read
 * from before a write that its predecessor acknowledged. Source: MongoDB, SERVER-53813.
 * Rejects where it has not ended after three seconds; a command that is under way by then may still take effect.
 */
export async function inSession<T>(store: Store, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = store.client.startSession({ causalConsistency: true });
  const { operationTime, clusterTime } = store.seen;
  if (clusterTime !== undefined) session.advanceClusterTime(clusterTime);
  if (operationTime !== undefined) session.advanceOperationTime(operationTime);
  // Not before its commands have: what comes after would wait in the server for a session that is in use.
  return withTimeLimit(
    SESSION_MS,
    work(session).finally(() => end(store, session)),
  );
}

async function end({ seen }: Store, session: ClientSession): Promise<void> {
  const { operationTime, clusterTime } = session;
  if (operationTime !== undefined && (seen.operationTime?.lessThan(operationTime) ?? true)) {
    Object.assign(seen, { operationTime, clusterTime });
  }
  await session.endSession();
}

/**
 * What `work` gives within `ms`; after that it rejects as a lost database does, and whether writes of `work` take effect is
 * unknown. By this process's own timer: the driver's `timeoutMS` has no effect since 7.8, and `maxTimeMS` is kept by the
 * server, which may be what stands still.
 */
export function withTimeLimit<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new MongoOperationTimeoutError(`the database gave no answer within ${ms} ms`));
    const timer = setTimeout(late, ms);
    const ends =
      <End>(how: (end: End) => void) =>
      (end: End): void => {
        clearTimeout(timer);
        how(end);
      };
    // Every text waits here: a race would be three promises more.
    work.then(ends(resolve), ends(reject));
  });
}

/**
 * Does a write, and does it once more where the database was away: a new primary may be there by then, and the driver
 * repeats no update of many documents by itself. For writes that come to the same when they are done twice.
 */
export async function retryOnce<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    return write();
  }
}
