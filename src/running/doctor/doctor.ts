import {
  type Diagnosis,
  type Doctor,
  type DoctorFinding,
  type Examination,
  stop,
} from '../../domain/examination.ts';

/** One question about the set-up, and how it is answered. `run` may reject: that is a finding, too. */
export type DoctorCheck = {
  name: string;
  question: string;
  /** Longest time for an answer, ms. */
  limitMs: number;
  run: () => Promise<Diagnosis>;
};

type DoctorParts = {
  checks: readonly DoctorCheck[];
  now: () => Date;
  monotonic: () => number;
  /** Gets the error of a check that rejected. Its message may name a place that the report must not name. */
  onError: (error: unknown, check: string) => void;
};

/** Anybody with `jobs:read` may ask, so that questions must not cause calls of the carrier without limit, ms. */
const KEPT_MS = 60_000;

/** Runs all checks side by side. Calls that come meanwhile share the run. */
export function createDoctor(parts: DoctorParts): Doctor {
  let last: { examination: Examination; made: number } | null = null;
  let running: Promise<Examination> | null = null;
  const begin = (): Promise<Examination> => {
    running ??= examine(parts)
      .then((examination) => {
        last = { examination, made: parts.monotonic() };
        return examination;
      })
      .finally(() => {
        running = null;
      });
    return running;
  };
  return {
    examine: async ({ anew }) => {
      const isFresh = last !== null && parts.monotonic() - last.made < KEPT_MS;
      return last !== null && isFresh && !anew ? last.examination : begin();
    },
  };
}

async function examine({ checks, now, monotonic, onError }: DoctorParts): Promise<Examination> {
  const at = now();
  const answer = async (check: DoctorCheck): Promise<DoctorFinding> => {
    const began = monotonic();
    const diagnosis = await inTime(check, onError);
    const { name, question } = check;
    return { name, question, at: now(), ms: Math.round(monotonic() - began), ...diagnosis };
  };
  return { at, findings: await Promise.all(checks.map(answer)) };
}

function inTime(check: DoctorCheck, onError: DoctorParts['onError']): Promise<Diagnosis> {
  const { name, limitMs, run } = check;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Diagnosis>((resolve) => {
    const found = `There was no answer within ${limitMs / 1000} s.`;
    timer = setTimeout(() => resolve(stop(found, 'Test again. If it stays, look at the log.')), limitMs);
  });
  const answered = run().catch((error: unknown) => {
    onError(error, name);
    return stop(
      `The check itself failed: ${kindOf(error)}.`,
      'The log has the error beside "a check of the doctor failed".',
    );
  });
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}

/** The kind of an error alone: its message may name an address or quote somebody. */
const kindOf = (error: unknown): string => (error instanceof Error ? error.name : 'an unknown error');
