import { createBatcher } from '../store/batcher.ts';
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

/** Batches overlap, so that a slow write delays no outcome of a later batch. */
const LANES = { outcomes: { batches: Number.POSITIVE_INFINITY, furtherAt: 1 } };

export function createOutcomeRecorder(store: Store, now: () => Date = () => new Date()): OutcomeRecorder {
  const batcher = createBatcher<readonly HandOver[], void>({
    ...{ most: Number.POSITIVE_INFINITY, waitMs: EVERY_MS, lanes: LANES },
    run: async (batch) => {
      // kill point: before-record
      const outcomes = batch.flatMap((entry) => entry.item);
      await write(store, outcomes, now());
      // kill point: after-record
      for (const entry of batch) entry.done();
    },
  });
  return {
    record: async (outcomes) => (outcomes.length === 0 ? undefined : batcher.submit(outcomes)),
    drain: batcher.drain,
  };
}

/** Writes accepted messages and others separately: a failure of one write must not lose the other. */
async function write(store: Store, outcomes: readonly HandOver[], now: Date): Promise<void> {
  const accepted = outcomes.filter((outcome) => outcome.result === 'accepted');
  const settlements = outcomes
    .filter((outcome) => outcome.result !== 'accepted')
    .map((outcome) => settlementOf(outcome, now));
  const taken = accepted.map((outcome) => ({ ...outcome, sid: outcome.carrierSid }));
  const writes = await Promise.allSettled([
    retryOnce(() => recordAccepted(store, taken)),
    retryOnce(() => recordAttemptOutcomes(store, settlements)),
  ]);
  const failed = writes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function settlementOf(outcome: Exclude<HandOver, { result: 'accepted' }>, now: Date): Settlement {
  const { delivery, epoch, decidedAt, where } = outcome;
  const attempt = { delivery, epoch, ...(where && { where }) };
  switch (outcome.result) {
    case 'unknown':
      return { ...attempt, to: 'unknown', error: outcome.why, decidedAt, at: now };
    case 'refused':
      return { ...attempt, to: 'failed', error: outcome.code, decidedAt };
    case 'put-back':
      return {
        ...{ ...attempt, to: 'planned', dueAt: new Date(now.getTime() + (outcome.afterMs ?? PUT_BACK_MS)) },
        ...(outcome.triedAgain && { triedAgain: true }),
      };
    default:
      return outcome satisfies never;
  }
}
