import { AUDIT_GENESIS } from '../../store/audit/audit-chains.ts';
import {
  type AuditDayDoc,
  type AuditEntryDoc,
  auditDayState,
  auditHashOf,
  auditMacStateOf,
} from '../../store/audit/audit-entries.ts';
import type { LedgerKeys } from '../../store/sealing/keys.ts';

/** What is wrong with one entry. The first fault of a chain makes all that follows it doubtful. */
export type AuditFault = { chain: string; seq: number; what: string };

/** Heads of chains by name: how far each chain was followed. */
export type AuditHeads = Map<string, { seq: number; hash: string }>;

/**
 * Follows entries, which come chain by chain and each chain in its order, and keeps the head of each chain in `heads`.
 * Returns the first fault of each chain. May be called with one part of a day after another.
 */
export function verifyAudit(
  entries: readonly AuditEntryDoc[],
  keys: LedgerKeys,
  heads: AuditHeads = new Map(),
): AuditFault[] {
  const faults = new Map<string, AuditFault>();
  for (const entry of entries) {
    const { chain, seq, hash } = entry;
    const what = faults.has(chain)
      ? null
      : faultOf(entry, heads.get(chain) ?? { seq: 0, hash: AUDIT_GENESIS }, keys);
    if (what !== null) faults.set(chain, { chain, seq, what });
    heads.set(chain, { seq, hash });
  }
  return [...faults.values()];
}

function faultOf(entry: AuditEntryDoc, head: { seq: number; hash: string }, keys: LedgerKeys): string | null {
  if (entry.seq > head.seq + 1) return 'one or more entries before it are missing';
  if (entry.seq <= head.seq) return 'the entry stands twice';
  if (entry.prev !== head.hash) return 'the entry does not follow the one before it';
  if (auditHashOf(entry) !== entry.hash) return 'the entry was changed';
  const state = auditMacStateOf(keys, entry);
  if (state === 'unknown key') return `LEDGER_KEY lacks the key ${entry.mac.by}, which signed the entry`;
  return state === 'fits' ? null : 'this installation did not sign the entry';
}

/** Compares the heads of a day with those that were noted when the day was closed. */
function compareWithClosing(heads: AuditHeads, closed: AuditDayDoc['heads']): AuditFault[] {
  return closed.flatMap(({ chain, seq, hash }) => {
    const head = heads.get(chain);
    if (head === undefined) return [{ chain, seq: 1, what: 'the whole chain is missing' }];
    if (head.seq < seq)
      return [{ chain, seq: head.seq + 1, what: 'entries at the end of the chain are missing' }];
    if (head.seq === seq && head.hash !== hash)
      return [{ chain, seq, what: 'the last entry is another than when the day was closed' }];
    return [];
  });
}

/** What is wrong with a day by its closing: the note of how its chains ended, which is signed itself. */
export function closingFaults(keys: LedgerKeys, closing: AuditDayDoc, heads: AuditHeads): AuditFault[] {
  const state = auditDayState(keys, closing);
  const what =
    state === 'unknown key'
      ? `LEDGER_KEY lacks the key ${closing.mac.by}, which signed the closing of the day`
      : 'this installation did not sign the closing of the day';
  if (state !== 'fits') return [{ chain: closing._id, seq: 0, what }];
  return compareWithClosing(heads, closing.heads);
}
