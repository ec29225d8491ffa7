import type { Stop } from '../../domain/carrier-trouble.ts';
import { type Circuit, SOUND } from '../../domain/sending/circuit.ts';
import type { Store } from '../store.ts';

/** What keeps a sender from sending: a stop that a person lifts, or a pause that ends by itself; `offersFrom`: of offers alone. */
export type SenderTrouble = {
  circuit: Circuit;
  stopped: (Stop & { at: Date }) | null;
  offersFrom: Date | null;
};

/** Sound where nothing is known of the number. */
export async function readTrouble(store: Store, sender: string): Promise<SenderTrouble> {
  const found = await store.senderStates.findOne(
    { _id: sender },
    { projection: { failures: 1, pausedUntil: 1, stopped: 1, offersFrom: 1 } },
  );
  const { failures = 0, pausedUntil = null, stopped = null, offersFrom = null } = found ?? {};
  return { circuit: failures === 0 ? SOUND : { failures, pausedUntil }, stopped, offersFrom };
}

/** Moves the circuit of a sender on from the state it was read in. False where another process moved it meanwhile. */
export async function moveCircuit(
  store: Store,
  sender: string,
  from: Circuit,
  next: Circuit,
): Promise<boolean> {
  await begin(store, sender);
  const { failures, pausedUntil } = next;
  const moved = await store.senderStates.updateOne(
    { _id: sender, failures: from.failures, pausedUntil: from.pausedUntil },
    { $set: { failures, pausedUntil } },
  );
  return moved.matchedCount === 1;
}

/** A stop, and when the message left that tells of it, where its word may come long after. */
export type Stopping = Stop & { leftAt?: Date };

/**
 * Stops a sender until it is resumed. False, and nothing is written, where it was stopped already, since the first reason
 * stays, or where it was resumed since that message left: whoever resumed it has seen to what the message says.
 */
export async function stopSender(
  store: Store,
  sender: string,
  { code, why, leftAt }: Stopping,
  at: Date,
): Promise<boolean> {
  const known = await store.senderStates.findOne(
    { _id: sender },
    { projection: { stopped: 1, resumedAt: 1 } },
  );
  const isOld = leftAt !== undefined && known?.resumedAt !== undefined && known.resumedAt >= leftAt;
  if (known?.stopped != null || isOld) return false;
  await begin(store, sender);
  const since = leftAt === undefined ? {} : { resumedAt: { $not: { $gte: leftAt } } };
  const moved = await store.senderStates.updateOne(
    { _id: sender, stopped: null, ...since },
    { $set: { stopped: { code, why, at } } },
  );
  return moved.modifiedCount === 1;
}

/** A person has seen to it: the sender may send again. False where it was neither stopped nor paused. */
export async function resumeSender(store: Store, sender: string, at: Date): Promise<boolean> {
  const moved = await store.senderStates.updateOne(
    { _id: sender, $or: [{ stopped: { $ne: null } }, { pausedUntil: { $ne: null } }] },
    { $set: { stopped: null, failures: 0, pausedUntil: null, resumedAt: at } },
  );
  return moved.modifiedCount === 1;
}

/** Whether somebody resumed one of some senders at a moment or since. */
export async function anyResumedSince(store: Store, senders: readonly string[], at: Date): Promise<boolean> {
  const found = await store.senderStates.findOne(
    { _id: { $in: [...senders] }, resumedAt: { $gte: at } },
    { projection: { _id: 1 } },
  );
  return found !== null;
}

/** The carrier's queue for a sender is full: offers from it wait. */
export async function holdOffers(store: Store, sender: string, from: Date): Promise<void> {
  await begin(store, sender);
  await store.senderStates.updateOne({ _id: sender }, { $set: { offersFrom: from } });
}

/** Numbers from which nothing leaves until they are resumed. */
export async function stoppedSenders(store: Store): Promise<string[]> {
  const found = await store.senderStates
    .find({ stopped: { $ne: null } }, { projection: { _id: 1 } })
    .toArray();
  return found.map(({ _id }) => _id);
}

/** The row may be new, or hold nothing but its pace. */
async function begin(store: Store, sender: string): Promise<void> {
  const failures = { $ifNull: ['$failures', 0] };
  await store.senderStates.updateOne({ _id: sender }, [{ $set: { failures } }], { upsert: true });
}
