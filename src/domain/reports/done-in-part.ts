import type { Counts } from './job-counts.ts';

/**
 * Thrown at the end of a run that went through all it had and could not do some of it: what it did, and the first failure,
 * whose name and words it has.
 */
export class DoneInPart extends Error {
  readonly counts: Counts;

  constructor(counts: Counts, failure: unknown) {
    super(failure instanceof Error ? failure.message : 'some of it could not be done', { cause: failure });
    if (failure instanceof Error) this.name = failure.name;
    this.counts = counts;
  }
}
