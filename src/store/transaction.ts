import type { ClientSession } from 'mongodb';
import type { Store } from './store.ts';

/** Ops of one transaction, then the majority's word. Transient conflicts are retried by the driver until `budgetMs` is over. */
export async function inTransaction<T>(
  store: Store,
  budgetMs: number,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = store.client.startSession({ causalConsistency: true, defaultTimeoutMS: budgetMs });
  try {
    return await session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
    });
  } finally {
    await session.endSession();
  }
}

/** One causally consistent session: what it reads is never older than what it wrote. */
export async function inSession<T>(store: Store, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = store.client.startSession({ causalConsistency: true });
  try {
    return await work(session);
  } finally {
    await session.endSession();
  }
}
