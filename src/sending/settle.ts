import type { AnyBulkWriteOperation } from 'mongodb';
import type { DeliveryDoc } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import type { HandOver } from './gate.ts';

/** Longest time an answer waits to be recorded, ms: an opt-out may be waiting for it. */
const EVERY_MS = 20;

/** Records how hand-overs ended, in bulk. Each move names the epoch it was handed over under. */
export type Settler = {
  /** Resolves when the outcomes are written. Rejects where they could not be: the rows then end as `unknown`. */
  record: (outcomes: readonly HandOver[]) => Promise<void>;
  /** Resolves when nothing is left to write. */
  drain: () => Promise<void>;
};

type Waiting = { outcomes: readonly HandOver[]; done: () => void; failed: (error: unknown) => void };

export function createSettler(store: Store): Settler {
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

async function write(store: Store, outcomes: readonly HandOver[]): Promise<void> {
  const plain = outcomes.filter(
    (one) => one.result === 'accepted' && one.carrierSid === null && one.epoch === 1,
  );
  const others = outcomes.filter((one) => !plain.includes(one)).map(move);
  if (plain.length > 0) {
    // One command for all first-epoch TwiML answers, the bulk of what web processes settle.
    await store.deliveries.updateMany(
      { _id: { $in: plain.map((one) => one.delivery) }, epoch: 1, state: 'sending' },
      { $set: { state: 'accepted', acceptedAt: new Date() }, $unset: { open: '' } },
      { hint: { _id: 1 } },
    );
  }
  if (others.length > 0) await store.deliveries.bulkWrite(others, { ordered: false });
}

function move(one: HandOver): AnyBulkWriteOperation<DeliveryDoc> {
  const filter = { _id: one.delivery, epoch: one.epoch, state: 'sending' as const };
  const decision = { allowed: true, reasons: [], at: one.decidedAt };
  const close = { $unset: { open: '' as const } };
  switch (one.result) {
    case 'accepted': {
      // A receipt may have moved the row before its answer is recorded: the facts are noted whatever the state is.
      const facts = {
        decision,
        acceptedAt: one.at,
        ...(one.carrierSid === null ? {} : { carrierSid: { $literal: one.carrierSid } }),
      };
      const state = { $cond: [{ $eq: ['$state', 'sending'] }, 'accepted', '$state'] };
      const { delivery: _id, epoch } = one;
      return {
        updateOne: { filter: { _id, epoch }, update: [{ $set: { ...facts, state } }, { $unset: 'open' }] },
      };
    }
    case 'unknown':
      return {
        updateOne: { filter, update: { $set: { state: 'unknown', decision, error: one.why }, ...close } },
      };
    case 'late':
      return {
        updateOne: { filter, update: { $set: { state: 'expired', decision, error: one.why }, ...close } },
      };
    case 'refused':
      return {
        updateOne: { filter, update: { $set: { state: 'failed', decision, error: one.code }, ...close } },
      };
    case 'put-back': {
      const dueAt = new Date(Date.now() + 1000);
      const $set = { state: 'planned' as const, owner: null, leaseUntil: null, dueAt };
      return { updateOne: { filter, update: { $set } } };
    }
    default:
      return one satisfies never;
  }
}
