import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../src/config.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import { asked, insertSubscribers, numberOf, offerTo, subscriber } from '../people.ts';

/** A message that the carrier accepted: its recipient, its MessageSid, and the attempt that the address of its callback names. */
export type AcceptedMessage = { to: string; sid: string; attempt: string };

/** The number of the first recipient. */
const FIRST = 4_000_000;

const newSid = (): string => `SM${randomBytes(16).toString('hex')}`;

/** Makes subscribers. Each has one delivery that the carrier accepted a moment ago, and of which it has reported nothing since. */
export async function acceptRows(env: NodeJS.ProcessEnv, count: number): Promise<AcceptedMessage[]> {
  const config = loadConfig(env);
  const accepted = (at: number) => {
    const person = subscriber(config, FIRST + at);
    return { ...person, row: atCarrier(offerTo(person.holder, 'accepted')) };
  };
  return withStore(env, (store) =>
    insertSubscribers(store, count, accepted, ({ row, holder }) => [
      { to: holder.number, sid: row?.carrierSid ?? '', attempt: `${row?._id}.1` },
    ]),
  );
}

/** The row as it is after the carrier accepted the message. */
function atCarrier({ open: _, ...row }: DeliveryDoc): DeliveryDoc {
  const at = new Date();
  const decision = { allowed: true, reasons: [], at };
  return { ...row, state: 'accepted', epoch: 1, decision, acceptedAt: at, carrierSid: newSid() };
}

/** The same for a server that has no rows: made-up names of the same length. */
export const inventRows = (count: number): AcceptedMessage[] =>
  Array.from({ length: count }, (_, at) => ({
    to: numberOf(FIRST + at),
    sid: newSid(),
    attempt: `${randomBytes(13).toString('hex')}.1`,
  }));

/** Counts the receipts that were applied to their rows. Each row gets at most two: one when it was sent, and one when it ended. */
export function receiptsFolded(env: NodeJS.ProcessEnv): Promise<number> {
  return withStore(env, async (store) => {
    const sent = await store.deliveries.countDocuments({ sentAt: { $exists: true } });
    return sent + (await store.deliveries.countDocuments({ finalAt: { $exists: true } }));
  });
}

/** Makes people whose question has already been sent. */
export async function askPeople(env: NodeJS.ProcessEnv, count: number): Promise<void> {
  const config = loadConfig(env);
  await withStore(env, (store) =>
    insertSubscribers(
      store,
      count,
      (at) => asked(config, at),
      () => [],
    ),
  );
}

/** Counts recorded texts with a planned reply, and the consents among them. */
export function textsReplied(env: NodeJS.ProcessEnv): Promise<{ replied: number; consents: number }> {
  return withStore(env, async (store) => ({
    replied: await store.inbound.countDocuments({ 'answers.0': { $exists: true } }),
    consents: await store.consentEvents.countDocuments({ kind: 'confirmed' }),
  }));
}

async function withStore<T>(env: NodeJS.ProcessEnv, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ uri: env.MONGODB_URI ?? '', database: DATABASE });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
