import { isTimeLimit } from '../store/database-failure.ts';
import { Problem } from './problem.ts';

/** What is answered where the database needed longer than it may; other errors are thrown as they are. */
export const ifTooLong =
  (detail: string, next_step: string) =>
  (error: unknown): never => {
    if (!isTimeLimit(error)) throw error;
    throw new Problem('unavailable', detail, { next_step });
  };
