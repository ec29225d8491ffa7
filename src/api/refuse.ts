import { MovedMeanwhile, Refused } from '../campaigns/refused.ts';
import { Problem, unusable } from './problem.ts';

/** Tells why a campaign or a journey was refused something; throws anything else as it is. */
export function refuse(error: unknown): never {
  if (!(error instanceof Refused)) throw error;
  if (error.field !== null) throw unusable(error.field, error.message);
  throw new Problem(error instanceof MovedMeanwhile ? 'conflict' : 'not-possible', error.message);
}
