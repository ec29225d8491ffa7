import { type ClientSession, type Document, MongoServerError } from 'mongodb';
import type { Suppression } from '../../domain/consent/suppression.ts';
import type { AuditChains, AuditDraft } from '../audit/audit-chains.ts';
import type { AuditEntryDoc } from '../audit/audit-entries.ts';
import type { Database } from '../collection.ts';
import type { ContactDoc } from '../contacts/contacts.ts';
import { type MergeDoc, mergeOfSuccessor } from '../contacts/duplicates.ts';
import { isDuplicateKey, isWriteConflict } from '../database-errors.ts';
import type { DeliveryDoc } from '../deliveries/delivery.ts';
import { type LedgerKeys, signEntry } from '../sealing/keys.ts';

import { inTransaction } from '../transaction.ts';
import type { ConsentEventDoc, UnsignedEvent } from './consent-events.ts';
import type { InboundDoc } from './inbound-texts.ts';
import type { SuppressionDoc } from './suppressions.ts';

/** Everything that one act writes about one contact, in one transaction. */
export type Change = {
  contact: ContactDoc;
  /** The contact as it was read; null when it is new. */
  before: ContactDoc | null;
  /**
   * The former holder of a new contact's number, with the changes that retire them. Absent when nobody had the
   * number.
   */
  former?: ContactDoc;
  suppressions: Suppression[];
  inbound: InboundDoc | null;
  /** Texts of a whole past, written at once: each person of the demo's audience has such a past. */
  pastTexts?: readonly InboundDoc[];
  /** Signed when they are written. */
  events: UnsignedEvent[];
  deliveries: DeliveryDoc[];
  /** What staff or a key did, for the audit trail. Empty where a person or a timer acted. */
  audited?: readonly AuditDraft[];
};

/** The contact was written since it was read: read again and decide again. */
export class StaleRead extends Error {
  override name = 'StaleRead';
}

/**
 * Writes changes of different contacts in one transaction, all or none. Each change writes its contact under the
 * revision that it read, so acts of one person serialise. Throws `StaleRead` when a contact, a MessageSid or a new
 * number was written meanwhile.
 */
export async function commitChanges(
  database: Database,
  changes: readonly Change[],
  how: { budgetMs: number; ledgerKeys: LedgerKeys; audit?: AuditChains },
): Promise<void> {
  const drafts = changes.flatMap(({ audited = [] }) => audited);
  if (drafts.length === 0) return commitAll(database, changes, [], how);
  if (how.audit === undefined)
    throw new Error('a change to be audited was committed without the audit trail');
  await how.audit.within(drafts, async (entries) => {
    await commitAll(database, changes, entries, how);
    return true;
  });
}

async function commitAll(
  database: Database,
  changes: readonly Change[],
  audited: readonly AuditEntryDoc[],
  { budgetMs, ledgerKeys }: { budgetMs: number; ledgerKeys: LedgerKeys },
): Promise<void> {
  const inbound = changes.flatMap(({ inbound: text, pastTexts = [] }) =>
    text === null ? pastTexts : [...pastTexts, text],
  );
  const events = changes.flatMap((change) => change.events.map((event) => signEntry(ledgerKeys, event)));
  const deliveries = changes.flatMap((change) => change.deliveries);
  const merges = changes.flatMap(
    ({ contact, former }) => (former && mergeOfSuccessor(contact, former)) ?? [],
  );
  // kill point: before-commit
  await inTransaction(database, budgetMs, async (session) => {
    try {
      await writeContacts(database, changes, session);
      await insert(database, 'inbound', inbound, session);
      await insert(database, 'consentEvents', events, session);
      await writeSuppressions(database, changes, session);
      await insert(database, 'deliveries', deliveries, session);
      await insert(database, 'merges', merges, session);
      await insert(database, 'auditEntries', audited, session);
    } catch (error) {
      // The driver must not retry the same writes: the facts that they were decided on have changed.
      throw isConcurrentWrite(error) ? new StaleRead('another writer was first') : error;
    }
  });
}

async function writeContacts(
  database: Database,
  changes: readonly Change[],
  session: ClientSession,
): Promise<void> {
  const updates = changes.flatMap(({ contact, before, former }): Update<ContactDoc>[] => [
    ...(former === undefined ? [] : [retired(former)]),
    ...(before === null ? [] : [changed(before, contact)]),
  ]);
  const matched = await update(database, 'contacts', updates, session);
  if (matched !== updates.length) throw new StaleRead('a contact was written since it was read');
  const added = changes.flatMap(({ contact, before }) => (before === null ? [contact] : []));
  await insert(database, 'contacts', added, session);
}

const changed = (before: ContactDoc, contact: ContactDoc): Update<ContactDoc> => ({
  q: { _id: contact._id, rev: before.rev },
  u: difference(before, contact),
  hint: { _id: 1 },
});

/** Must be the first write of its transaction: a number has at most one current contact. */
const retired = ({ _id, rev, lastWord, personId, pausedUntil }: ContactDoc): Update<ContactDoc> => ({
  q: { _id, rev },
  u: {
    $set: {
      ...{ current: false, pausedUntil },
      ...(lastWord === undefined ? {} : { lastWord }),
      ...(personId === undefined ? {} : { personId }),
    },
    $inc: { rev: 1 },
  },
  hint: { _id: 1 },
});

/**
 * The fields that changed, compared by identity. Writing only these saves a third of the database's work and keeps
 * fields that others wrote.
 */
function difference(before: ContactDoc, after: ContactDoc): FieldUpdate<ContactDoc> {
  const $set: { [field: string]: unknown } & Partial<ContactDoc> = {};
  for (const name of Object.keys(after) as (keyof ContactDoc)[])
    if (after[name] !== before[name]) $set[name as string] = after[name];
  const dropped = before.promptExpiresAt !== undefined && after.promptExpiresAt === undefined;
  return dropped ? { $set, $unset: { promptExpiresAt: '' } } : { $set };
}

async function writeSuppressions(
  database: Database,
  changes: readonly Change[],
  session: ClientSession,
): Promise<void> {
  const updates = changes.flatMap(({ contact, suppressions }) =>
    suppressions.map(
      (row): Update<SuppressionDoc> => ({
        q: { index: contact.index, scope: row.scope, kind: row.kind },
        u: { ...row, index: contact.index },
        upsert: true,
      }),
    ),
  );
  await update(database, 'suppressions', updates, session);
}

/** Document types by collection. */
type Written = {
  contacts: ContactDoc;
  suppressions: SuppressionDoc;
  inbound: InboundDoc;
  consentEvents: ConsentEventDoc;
  deliveries: DeliveryDoc;
  merges: MergeDoc;
  auditEntries: AuditEntryDoc;
};

/** Stricter than the driver's own types, which accept fields that the document does not have. */
type FieldUpdate<D> = {
  $set: Partial<D>;
  $unset?: { [Field in keyof D]?: '' };
  $inc?: { [Field in keyof D]?: number };
};

/** One statement of an update command: a filter of equal fields, and the update or the replacement. */
type Update<D> = { q: Partial<D>; u: D | FieldUpdate<D>; upsert?: true; hint?: { _id: 1 } };

/**
 * Uses the plain insert command: the driver's bulk writes serialise every document twice and split a mixed list
 * into many commands.
 */
async function insert<Into extends keyof Written>(
  database: Database,
  into: Into,
  documents: readonly Written[Into][],
  session: ClientSession,
): Promise<void> {
  if (documents.length === 0) return;
  const command = { insert: into, documents, ordered: true };
  raiseWriteError(await database.db.command(command, { session, ignoreUndefined: true }));
}

/** Returns how many documents the updates matched or added. */
async function update<Into extends keyof Written>(
  database: Database,
  into: Into,
  updates: readonly Update<Written[Into]>[],
  session: ClientSession,
): Promise<number> {
  if (updates.length === 0) return 0;
  const command = { update: into, updates, ordered: true };
  const answer = await database.db.command(command, { session, ignoreUndefined: true });
  raiseWriteError(answer);
  return answer.n as number;
}

function raiseWriteError(answer: Document): void {
  const [first] = (answer.writeErrors ?? []) as { code: number }[];
  // The server's message may quote a key's value, so only the code is passed on.
  if (first !== undefined)
    throw new MongoServerError({ message: `write error ${first.code}`, code: first.code });
}

/** True when another writer was first: reading and deciding again may succeed. */
export function isConcurrentWrite(error: unknown): boolean {
  return error instanceof StaleRead || isDuplicateKey(error) || isWriteConflict(error);
}
