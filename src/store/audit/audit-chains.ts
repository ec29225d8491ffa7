import { randomBytes } from 'node:crypto';
import { type Actor, actorText } from '../../domain/access/actor.ts';
import type { AuditAct, AuditDetails, AuditSubject } from '../../domain/audit/acts.ts';
import { withoutNumbers } from '../../domain/audit/sentence.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { utcDay } from '../../domain/durations.ts';
import type { Database } from '../collection.ts';
import { type KeyRing, type LedgerKeys, openByRing, sealByRing } from '../sealing/keys.ts';
import { type AuditEntryDoc, auditEntries, signAuditEntry } from './audit-entries.ts';

/** An act to be recorded. */
export type AuditDraft = {
  actor: Actor;
  act: AuditAct;
  subject: AuditSubject | null;
  program?: string | null;
  reason?: string | null;
  details?: AuditDetails;
};

/** The previous hash of the first entry in every chain. */
export const AUDIT_GENESIS = '0'.repeat(64);

/** The chains of one process. */
export type AuditChains = {
  /** Records acts by one insert that a majority acknowledges. Rejects when they are not on record. */
  record: (drafts: readonly AuditDraft[]) => Promise<void>;
  /**
   * Gives the entries their places and keeps the chain to itself until `write` has ended. For entries of a
   * transaction: `write` commits them all and resolves to true, or writes none and resolves to false, or rejects.
   */
  within: (
    drafts: readonly AuditDraft[],
    write: (entries: readonly AuditEntryDoc[]) => Promise<boolean>,
  ) => Promise<boolean>;
};

type Chain = { name: string; day: string; seq: number; hash: string };

type Deps = { database: Database; ring: KeyRing; ledgerKeys: LedgerKeys; now: () => Date };

const PROCESS_BYTES = 8;

/**
 * Opens the chains of this process. An append takes a chain that no other append uses, and a new one where there is
 * none, so that a slow transaction holds nobody up. A chain whose append failed is not used again: whether the entry
 * was committed may be unknown, and a second entry at its place would look like tampering.
 */
export function createAuditChains(deps: Deps): AuditChains {
  const process = randomBytes(PROCESS_BYTES).toString('hex');
  const idle: Chain[] = [];
  let made = 0;
  const chainFor = (day: string): Chain => {
    for (let chain = idle.pop(); chain !== undefined; chain = idle.pop()) if (chain.day === day) return chain;
    made += 1;
    return { name: `${day}:${process}.${made}`, day, seq: 0, hash: AUDIT_GENESIS };
  };
  const within: AuditChains['within'] = async (drafts, write) => {
    const at = deps.now();
    const chain = chainFor(utcDay(at));
    const before = { ...chain };
    const entries = drafts.map((draft) => append(deps, chain, draft, at));
    const written = await write(entries);
    idle.push(written ? chain : before);
    return written;
  };
  return {
    within,
    record: async (drafts) => {
      await within(drafts, async (entries) => {
        await auditEntries(deps.database).insertMany([...entries]);
        return true;
      });
    },
  };
}

function append(deps: Deps, chain: Chain, draft: AuditDraft, at: Date): AuditEntryDoc {
  const { subject, program = null, reason = null, details = {} } = draft;
  chain.seq += 1;
  const place = placeOf(chain.name, chain.seq);
  const entry = signAuditEntry(deps.ledgerKeys, {
    ...{ chain: chain.name, seq: chain.seq, at, actor: actorText(draft.actor), act: draft.act },
    ...{ subject, program, details, prev: chain.hash },
    handle: subject?.kind === 'person' ? handleOf(subject.id) : null,
    reason: reason === null ? null : sealByRing(deps.ring, place, withoutNumbers(reason)),
  });
  chain.hash = entry.hash;
  return entry;
}

const placeOf = (chain: string, seq: number): string => `auditEntries:${chain}:${seq}:reason`;

/** The reason of an entry. Throws `KeyMissing` and `SealBroken`. */
export const openAuditReason = (ring: KeyRing, { chain, seq, reason }: AuditEntryDoc): string | null =>
  reason === null ? null : openByRing(ring, placeOf(chain, seq), reason).toString('utf8');
