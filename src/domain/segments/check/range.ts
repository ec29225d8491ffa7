import type { Fault } from '../tree.ts';

/** A range that ends before it begins; an end that is not there is open. */
export function reversedFaults(low: number | undefined, high: number | undefined, path: string): Fault[] {
  if (low === undefined || high === undefined || low <= high) return [];
  return [{ path, problem: `Nobody can match: ${low} is more than ${high}.` }];
}
