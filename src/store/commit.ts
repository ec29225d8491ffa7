import { type AnyBulkWriteOperation, type ClientSession, MongoServerError } from 'mongodb';
import type { Suppression } from '../domain/consent/suppression.ts';
import type { ConsentEventDoc } from './consent-events.ts';
import type { ContactDoc } from './contacts.ts';
import type { DeliveryDoc } from './deliveries.ts';
import type { InboundDoc } from './inbound.ts';
import type { Store } from './store.ts';
import type { SuppressionDoc } from './suppressions.ts';
import { inTransaction } from './transaction.ts';

/** All that one act writes about one holder, in one transaction. */
export type Change = {
  contact: ContactDoc;
  /** Revision that was read; null where the contact is new. */
  readRev: number | null;
  suppressions: Suppression[];
  inbound: InboundDoc | null;
  events: ConsentEventDoc[];
  deliveries: DeliveryDoc[];
};

/** Someone else wrote the contact since it was read: read again and decide again. */
export class StaleRead extends Error {
  override name = 'StaleRead';
}

/**
 * Writes changes of different holders in one transaction, all or none. Every change writes its contact under
 * the revision it read, so acts of one person serialise. Throws `StaleRead`, or a duplicate-key error where a
 * MessageSid or a new number was written meanwhile.
 */
export async function commitChanges(
  store: Store,
  changes: readonly Change[],
  budgetMs: number,
): Promise<void> {
  await inTransaction(store, budgetMs, async (session) => {
    await writeContacts(store, changes, session);
    const inbound = changes.flatMap((change) => change.inbound ?? []);
    if (inbound.length > 0) await store.inbound.insertMany(inbound, { session });
    const events = changes.flatMap((change) => change.events);
    if (events.length > 0) await store.consentEvents.insertMany(events, { session });
    await writeSuppressions(store, changes, session);
    const deliveries = changes.flatMap((change) => change.deliveries);
    if (deliveries.length > 0) await store.deliveries.insertMany(deliveries, { session });
  });
}

async function writeContacts(
  store: Store,
  changes: readonly Change[],
  session: ClientSession,
): Promise<void> {
  const operations = changes.map(({ contact, readRev }): AnyBulkWriteOperation<ContactDoc> => {
    if (readRev === null) return { insertOne: { document: contact } };
    return { replaceOne: { filter: { _id: contact._id, rev: readRev }, replacement: contact } };
  });
  const result = await store.contacts.bulkWrite(operations, { session, ordered: true });
  if (result.insertedCount + result.matchedCount !== changes.length) {
    throw new StaleRead('a contact was written since it was read');
  }
}

async function writeSuppressions(
  store: Store,
  changes: readonly Change[],
  session: ClientSession,
): Promise<void> {
  const operations = changes.flatMap(({ contact, suppressions }) =>
    suppressions.map((row): AnyBulkWriteOperation<SuppressionDoc> => {
      const { scope, kind } = row;
      const filter = { index: contact.index, scope, kind };
      return { replaceOne: { filter, replacement: { ...row, index: contact.index }, upsert: true } };
    }),
  );
  if (operations.length > 0) await store.suppressions.bulkWrite(operations, { session, ordered: false });
}

const DUPLICATE_KEY = 11000;

/** True where another writer was first: reading and deciding again may succeed. */
export function lostRace(error: unknown): boolean {
  if (error instanceof StaleRead) return true;
  if (!(error instanceof MongoServerError)) return false;
  return error.code === DUPLICATE_KEY || error.hasErrorLabel('TransientTransactionError');
}
