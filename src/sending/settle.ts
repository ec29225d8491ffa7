import type { AnyBulkWriteOperation } from 'mongodb';
import { recordAccepted, recordAnswered } from '../store/deliveries/answers.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { SWEPT, UNSETTLED } from '../store/deliveries/due.ts';
import type { Store } from '../store/store.ts';
import type { HandOver } from './gate.ts';

/** Longest time an answer waits to be recorded, ms: an opt-out may be waiting for it. */
const EVERY_MS = 20;

/** When a row that did not leave is due again where nobody says more, ms. */
const PUT_BACK_MS = 1000;

/** Records how hand-overs ended, in bulk. Each move names the epoch it was handed over under. */
export type Settler = {
  /** Resolves when the outcomes are written. Rejects where they could not be: the rows then end as `unknown`. */
  record: (outcomes: readonly HandOver[]) => Promise<void>;
  /** Resolves when nothing is left to write. */
  drain: () => Promise<void>;
};

type Waiting = { outcomes: readonly HandOver[]; done: () => void; failed: (error: unknown) => void };

export function createSettler(store: Store, now: () => Date = () => new Date()): Settler {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | null = null;
  const inFlight = new Set<Promise<void>>();

  const flush = async (): Promise<void> => {
    timer = null;
    const batch = waiting;
    waiting = [];
    try {
      await write(
        store,
        batch.flatMap((one) => one.outcomes),
        now(),
      );
      for (const one of batch) one.done();
    } catch (error) {
      for (const one of batch) one.failed(error);
    }
  };
  const start = (): void => {
    const run = flush().finally(() => inFlight.delete(run));
    inFlight.add(run);
  };
  return {
    record: (outcomes) =>
      new Promise((done, failed) => {
        if (outcomes.length === 0) return done();
        waiting.push({ outcomes, done, failed });
        timer ??= setTimeout(start, EVERY_MS);
      }),
    drain: async () => {
      if (timer !== null) {
        clearTimeout(timer);
        start();
      }
      await Promise.all(inFlight);
    },
  };
}

async function write(store: Store, outcomes: readonly HandOver[], now: Date): Promise<void> {
  const accepted = outcomes.filter((one) => one.result === 'accepted');
  const others = outcomes.filter((one) => one.result !== 'accepted').map((one) => move(one, now));
  const inTwiml = accepted.filter((one) => one.carrierSid === null);
  await recordAnswered(store, inTwiml, now);
  await recordAccepted(
    store,
    accepted.flatMap((one) => (one.carrierSid === null ? [] : { ...one, sid: one.carrierSid })),
  );
  if (others.length > 0) await store.deliveries.bulkWrite(others, { ordered: false });
}

const BY_ID = { _id: 1 as const };

function move(one: Exclude<HandOver, { result: 'accepted' }>, now: Date): AnyBulkWriteOperation<DeliveryDoc> {
  const filter = { _id: one.delivery, epoch: one.epoch, ...UNSETTLED };
  const decision = { allowed: true, reasons: [], at: one.decidedAt };
  const close = { $unset: { open: '' as const, lookUpAt: '' as const } };
  switch (one.result) {
    case 'unknown':
      return toUnknown(one, now);
    case 'late':
      // What was given before may have been heard: that this time it was not says nothing of that.
      if (one.epoch > 1) return toUnknown(one, now);
      return {
        updateOne: {
          filter,
          hint: BY_ID,
          update: { $set: { state: 'expired', decision, error: one.why }, ...close },
        },
      };
    case 'refused': {
      const $set = { state: 'failed' as const, decision, error: one.code, finalAt: one.decidedAt };
      return { updateOne: { filter, hint: BY_ID, update: { $set, ...close } } };
    }
    case 'put-back': {
      const dueAt = new Date(now.getTime() + (one.afterMs ?? PUT_BACK_MS));
      const $set = { state: 'planned' as const, open: true as const, owner: null, dueAt };
      // Where an earlier attempt turned out to have left, the row is not sent again: its receipts end it.
      return {
        updateOne: {
          filter: { ...filter, extraSids: { $exists: false } },
          hint: BY_ID,
          update: { $set, $unset: SWEPT },
        },
      };
    }
    default:
      return one satisfies never;
  }
}

/** Nobody knows what became of it: it is looked up. */
function toUnknown(
  { delivery: _id, epoch, decidedAt, why }: HandOver & { result: 'late' | 'unknown' },
  now: Date,
): AnyBulkWriteOperation<DeliveryDoc> {
  const decision = { allowed: true, reasons: [], at: decidedAt };
  const $set = { state: 'unknown' as const, decision, error: why, lookUpAt: now };
  return {
    updateOne: { filter: { _id, epoch, state: 'sending' }, update: { $set, $unset: { open: '' } } },
  };
}
