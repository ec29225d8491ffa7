/** What runs of one job did, by name: "ended", "found". */
type Counts = Readonly<Record<string, number>>;

/** Counts of work left to the next run, which counts it again. */
const LEFT_OVER = ['left', 'waiting', 'not_asked', 'not_repaired'];

/** By job: counts of items that each run looks at or reports again. */
const LOOKED_AT: Readonly<Record<string, readonly string[]>> = {
  reconcile: ['listed'],
  'bounce-sweep-nightly': ['judged'],
  retention: ['people'],
  quality: ['scores'],
  'duplicate-scan': ['unreadable'],
};

/** The counts of a run that may be added up over the runs of a day. */
export function doneBy(job: string, counts: Counts): Record<string, number> {
  const not = [...LEFT_OVER, ...(LOOKED_AT[job] ?? [])];
  return Object.fromEntries(
    Object.entries(counts).filter(([what, count]) => count > 0 && !not.includes(what)),
  );
}

/** What the runs of one job did on one day. */
export type JobDay = { day: string; job: string; counts: Counts };

/** By job, in alphabetical order. */
export type JobCounts = Record<string, Record<string, number>>;

/** Adds up what each job did on the given days. */
export function sumOfJobs(rows: readonly JobDay[]): JobCounts {
  const sums: JobCounts = {};
  for (const { job, counts } of [...rows].sort((a, b) => (a.job < b.job ? -1 : 1))) {
    for (const [what, count] of Object.entries(counts)) {
      const sum = sums[job] ?? {};
      sum[what] = (sum[what] ?? 0) + count;
      sums[job] = sum;
    }
  }
  return sums;
}

/**
 * Thrown at the end of a run that could not do some of its work: what it did, and the first failure, whose name and
 * message it has.
 */
export class DoneInPart extends Error {
  readonly counts: Counts;

  constructor(counts: Counts, failure: unknown) {
    super(failure instanceof Error ? failure.message : 'some of it could not be done', { cause: failure });
    if (failure instanceof Error) this.name = failure.name;
    this.counts = counts;
  }
}
