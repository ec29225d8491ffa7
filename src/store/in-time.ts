import { MongoOperationTimeoutError } from 'mongodb';

/**
 * What `work` gives within `ms`; after that it rejects as a lost database does, and whether writes of `work` take effect is
 * unknown. By this process's own timer: the driver's `timeoutMS` has no effect since 7.8, and `maxTimeMS` is kept by the
 * server, which may be what stands still.
 */
export async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const why = `the database gave no answer within ${ms} ms`;
    timer = setTimeout(() => reject(new MongoOperationTimeoutError(why)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
