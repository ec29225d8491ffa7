import { MongoOperationTimeoutError } from 'mongodb';

/**
 * What `work` gives within `ms`; after that it rejects as a lost database does, and whether writes of `work` take effect is
 * unknown. By this process's own timer: the driver's `timeoutMS` has no effect since 7.8, and `maxTimeMS` is kept by the
 * server, which may be what stands still.
 */
export function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
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
