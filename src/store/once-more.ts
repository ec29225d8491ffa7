import { isDatabaseAway } from './database-failure.ts';

/**
 * Does a write, and does it once more where the database was away: a new primary may be there by then, and the driver
 * repeats no update of many documents by itself. For writes that come to the same when they are done twice.
 */
export async function onceMore<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    return write();
  }
}
