import { type ClientSession, MongoOperationTimeoutError, type TransactionOptions } from 'mongodb';
import type { Database } from './collection.ts';
import { isDatabaseAway } from './database-errors.ts';

const MAJORITY: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
};

/** How long a session may take, ms: one lease. After that, nothing that was read in the session may be acted on. */
const SESSION_MS = 3000;

/**
 * Runs `work` in one transaction and waits for a majority to acknowledge the commit. The driver retries transient
 * conflicts until `budgetMs` is over. Then the promise rejects, and nothing is committed except a commit that was
 * already under way.
 */
export async function inTransaction<T>(
  database: Database,
  budgetMs: number,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = database.client.startSession({ causalConsistency: true });
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
      session.withTransaction(tried, MAJORITY).finally(() => end(database, session)),
    );
  } finally {
    over = true;
  }
}

/**
 * Runs `work` in one causally consistent session: its reads are never older than its own writes, and never older
 * than what any earlier session or transaction of this process read or wrote. Without the session, a newly elected
 * primary may answer a majority read from before a write that its predecessor acknowledged. Source: MongoDB,
 * SERVER-53813.
 *
 * Rejects when `work` has not ended after three seconds; a command that is under way by then may still take effect.
 */
export async function inSession<T>(
  database: Database,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = database.client.startSession({ causalConsistency: true });
  const { operationTime, clusterTime } = database.seen;
  if (clusterTime !== undefined) session.advanceClusterTime(clusterTime);
  if (operationTime !== undefined) session.advanceOperationTime(operationTime);
  // Ends the session only when its commands have ended: otherwise later commands would wait in the server for a
  // session that is in use.
  return withTimeLimit(
    SESSION_MS,
    work(session).finally(() => end(database, session)),
  );
}

async function end({ seen }: Database, session: ClientSession): Promise<void> {
  const { operationTime, clusterTime } = session;
  if (operationTime !== undefined && (seen.operationTime?.lessThan(operationTime) ?? true)) {
    Object.assign(seen, { operationTime, clusterTime });
  }
  await session.endSession();
}

/**
 * Resolves to the result of `work` if it comes within `ms`. Otherwise rejects as a lost database does, and whether
 * writes of `work` take effect is unknown. Uses a timer of this process: the driver's `timeoutMS` has no effect
 * since 7.8, and `maxTimeMS` is enforced by the server, which may be what hangs.
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
    // Every inbound text waits here. `Promise.race` would create three more promises for each.
    work.then(ends(resolve), ends(reject));
  });
}

/**
 * Runs a write, and runs it once more when the database was away: a new primary may be elected by then, and the
 * driver does not retry `updateMany` by itself. Only for idempotent writes.
 */
export async function retryOnce<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    return write();
  }
}
