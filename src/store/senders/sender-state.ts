import type { SenderStop } from '../../domain/carrier-trouble.ts';
import { type Circuit, SOUND } from '../../domain/sending/circuit-state.ts';
import { type Database, defineCollection } from '../collection.ts';
import type { WrappedKey } from '../sealing/keys.ts';

/** The state of one of our numbers that all processes share while they send. Its configuration is in `senders`. */
export type SenderStateDoc = {
  /** The sender's number. */
  _id: string;
  pace?: SenderPace;
  /** An error of the whole account or number: nothing is sent until a person resumes the sender. */
  stopped?: { code: string; why: string; at: Date } | null;
  /** When a person last resumed the sender; absent where nobody did. */
  resumedAt?: Date;
  /** Open circuit: nothing is sent before this time. */
  pausedUntil?: Date | null;
  /** Failures since the last success. */
  failures?: number;
  /** The carrier's queue for the sender is full: no marketing is sent before this time. */
  offersFrom?: Date;
  /** What was set at the carrier before somebody changed it here. */
  webhooksBefore?: { at: Date; by: string; sealed: WrappedKey };
};

/** Times in ms since the epoch on the database's clock, with fractions. */
type SenderPace = {
  /** Start of the next free slot. */
  slot: number;
  [field: string]: unknown;
};

export const senderStates = defineCollection<SenderStateDoc>()('senderStates', {});

/**
 * What keeps a sender from sending: a stop that a person lifts, or a pause that ends by itself. `offersFrom`: a pause
 * of marketing alone.
 */
export type SenderTrouble = {
  circuit: Circuit;
  stopped: (SenderStop & { at: Date }) | null;
  offersFrom: Date | null;
};

/** An unknown number is healthy. */
export async function readSenderHealth(database: Database, sender: string): Promise<SenderTrouble> {
  const found = await senderStates(database).findOne(
    { _id: sender },
    { projection: { failures: 1, pausedUntil: 1, stopped: 1, offersFrom: 1 } },
  );
  const { failures = 0, pausedUntil = null, stopped = null, offersFrom = null } = found ?? {};
  return { circuit: failures === 0 ? SOUND : { failures, pausedUntil }, stopped, offersFrom };
}

/**
 * Moves the circuit of a sender from the state in which it was read to the next. False where another process moved it
 * meanwhile.
 */
export async function updateCircuitBreaker(
  database: Database,
  sender: string,
  from: Circuit,
  next: Circuit,
): Promise<boolean> {
  await begin(database, sender);
  const { failures, pausedUntil } = next;
  const moved = await senderStates(database).updateOne(
    { _id: sender, failures: from.failures, pausedUntil: from.pausedUntil },
    { $set: { failures, pausedUntil } },
  );
  return moved.matchedCount === 1;
}

/** A stop. `leftAt`: when the message that reveals the reason was sent; its report may come long after. */
export type Stopping = SenderStop & { leftAt?: Date };

/**
 * Stops a sender until it is resumed. Returns false and writes nothing where the sender was stopped already, because
 * the first reason stays; or where it was resumed after that message was sent, because the person who resumed it has
 * dealt with the reason.
 */
export async function stopSender(
  database: Database,
  sender: string,
  { code, why, leftAt }: Stopping,
  at: Date,
): Promise<boolean> {
  const known = await senderStates(database).findOne(
    { _id: sender },
    { projection: { stopped: 1, resumedAt: 1 } },
  );
  const isOld = leftAt !== undefined && known?.resumedAt !== undefined && known.resumedAt >= leftAt;
  if (known?.stopped != null || isOld) return false;
  await begin(database, sender);
  const since = leftAt === undefined ? {} : { resumedAt: { $not: { $gte: leftAt } } };
  const moved = await senderStates(database).updateOne(
    { _id: sender, stopped: null, ...since },
    { $set: { stopped: { code, why, at } } },
  );
  return moved.modifiedCount === 1;
}

/** Lets a sender send again, once a person has dealt with the reason. False where it was neither stopped nor paused. */
export async function resumeSender(database: Database, sender: string, at: Date): Promise<boolean> {
  const moved = await senderStates(database).updateOne(
    { _id: sender, $or: [{ stopped: { $ne: null } }, { pausedUntil: { $ne: null } }] },
    { $set: { stopped: null, failures: 0, pausedUntil: null, resumedAt: at } },
  );
  return moved.modifiedCount === 1;
}

/** Whether a person resumed one of some senders at or after a moment. */
export async function anyResumedSince(
  database: Database,
  senders: readonly string[],
  at: Date,
): Promise<boolean> {
  const found = await senderStates(database).findOne(
    { _id: { $in: [...senders] }, resumedAt: { $gte: at } },
    { projection: { _id: 1 } },
  );
  return found !== null;
}

/** The carrier's queue for a sender is full: its marketing waits. */
export async function pauseMarketing(database: Database, sender: string, from: Date): Promise<void> {
  await begin(database, sender);
  await senderStates(database).updateOne({ _id: sender }, { $set: { offersFrom: from } });
}

/** Numbers that send nothing until they are resumed. */
export async function stoppedSenders(database: Database): Promise<string[]> {
  const found = await senderStates(database)
    .find({ stopped: { $ne: null } }, { projection: { _id: 1 } })
    .toArray();
  return found.map(({ _id }) => _id);
}

/** Makes sure that the document has `failures`: it may be new, or have only `pace`. */
async function begin(database: Database, sender: string): Promise<void> {
  const failures = { $ifNull: ['$failures', 0] };
  await senderStates(database).updateOne({ _id: sender }, [{ $set: { failures } }], { upsert: true });
}
