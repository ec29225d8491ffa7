import { recordAccepted, recordAttemptOutcomes, type Settlement } from '../store/deliveries/attempts.ts';
import type { Store } from '../store/store.ts';
import { retryOnce } from '../store/transaction.ts';
import type { HandOver } from './gate.ts';

/** Longest time an outcome waits to be recorded, ms: an opt-out may be waiting for it. */
const EVERY_MS = 20;

/** Delay of a delivery that is put back without a delay of its own, ms. */
const PUT_BACK_MS = 1000;

/** Records the outcomes of hand-overs in bulk. Each write names the epoch of its attempt. */
export type OutcomeRecorder = {
  /**
   * Resolves when the outcomes are written. Idempotent. Rejects where a write of the same batch failed. A delivery
   * whose outcome is never recorded ends as `unknown`.
   */
  record: (outcomes: readonly HandOver[]) => Promise<void>;
  /** Resolves when nothing is left to write. */
  drain: () => Promise<void>;
};

type Waiting = { outcomes: readonly HandOver[]; done: () => void; failed: (error: unknown) => void };

export function createOutcomeRecorder(store: Store, now: () => Date = () => new Date()): OutcomeRecorder {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | null = null;
  const inFlight = new Set<Promise<void>>();

  const flush = async (): Promise<void> => {
    timer = null;
    // kill point: before-record
    const batch = waiting;
    waiting = [];
    try {
      const outcomes = batch.flatMap((entry) => entry.outcomes);
      await write(store, outcomes, now());
      // kill point: after-record
      for (const entry of batch) entry.done();
    } catch (error) {
      for (const entry of batch) entry.failed(error);
    }
  };
  const start = (): void => {
    const run = flush().finally(() => inFlight.delete(run));
    inFlight.add(run);
  };
  const add = (entry: Waiting) => {
    if (entry.outcomes.length === 0) return entry.done();
    waiting.push(entry);
    timer ??= setTimeout(start, EVERY_MS);
  };
  return {
    record: (outcomes) => new Promise((done, failed) => add({ outcomes, done, failed })),
    drain: async () => {
      if (timer !== null) {
        clearTimeout(timer);
        start();
      }
      await Promise.all(inFlight);
    },
  };
}

/** Writes accepted messages and others separately: a failure of one write must not lose the other. */
async function write(store: Store, outcomes: readonly HandOver[], now: Date): Promise<void> {
  const accepted = outcomes.filter((outcome) => outcome.result === 'accepted');
  const settlements = outcomes
    .filter((outcome) => outcome.result !== 'accepted')
    .map((outcome) => settlementOf(outcome, now));
  const taken = accepted.map((handOver) => ({ ...handOver, sid: handOver.carrierSid }));
  const writes = await Promise.allSettled([
    retryOnce(() => recordAccepted(store, taken)),
    retryOnce(() => recordAttemptOutcomes(store, settlements)),
  ]);
  const failed = writes.find((write) => write.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function settlementOf(handOver: Exclude<HandOver, { result: 'accepted' }>, now: Date): Settlement {
  const { delivery, epoch, decidedAt, where } = handOver;
  const attempt = { delivery, epoch, ...(where && { where }) };
  switch (handOver.result) {
    case 'unknown':
      return { ...attempt, to: 'unknown', error: handOver.why, decidedAt, at: now };
    case 'refused':
      return { ...attempt, to: 'failed', error: handOver.code, decidedAt };
    case 'put-back':
      return {
        ...{ ...attempt, to: 'planned', dueAt: new Date(now.getTime() + (handOver.afterMs ?? PUT_BACK_MS)) },
        ...(handOver.triedAgain && { triedAgain: true }),
      };
    default:
      return handOver satisfies never;
  }
}
