import type { Actor } from '../../domain/access/actor.ts';
import { verificationSentence } from '../../domain/audit/sentence.ts';
import { DAY_MS, MINUTE_MS } from '../../domain/durations.ts';
import { AUDIT_GENESIS } from '../../store/audit/audit-chains.ts';
import {
  type AuditDayDoc,
  type AuditEntryDoc,
  auditDay,
  auditDayState,
  auditHashOf,
  auditMacStateOf,
  countAuditDay,
  findAuditDay,
  insertAuditDay,
  lastClosedDay,
  nextAuditDay,
} from '../../store/audit/audit-entries.ts';
import type { LedgerKeys } from '../../store/sealing/keys.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit } from './audit.ts';

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
export function compareWithClosing(
  heads: AuditHeads,
  closed: readonly { chain: string; seq: number; hash: string }[],
): AuditFault[] {
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

/** What following the chains of one day found. */
export type AuditVerification = {
  day: string;
  chains: number;
  entries: number;
  /** Whether the ends of the chains were noted after the day. */
  isClosed: boolean;
  isWhole: boolean;
  faults: AuditFault[];
  sentence: string;
};

type Verifying = Pick<AppContext, 'ledgerKeys' | 'now' | 'store'>;

/** A page follows the chains of a day by itself up to this many entries. */
const MOST_AT_SIGHT = 5000;

/** Whether a day is short enough to be verified for everybody who opens the page. */
export const isQuicklyVerified = async (
  { store }: Pick<AppContext, 'store'>,
  day: string,
): Promise<boolean> => (await countAuditDay(store, day, MOST_AT_SIGHT + 1)) <= MOST_AT_SIGHT;

/** Verifies the chains of one day, UTC, which is an act on record. */
export async function verifyAuditDay(
  context: Verifying & Pick<AppContext, 'audit' | 'log'>,
  { day, reader }: { day: string; reader: Actor },
): Promise<AuditVerification> {
  await recordAudit(context, { actor: reader, act: 'audit-verified', subject: null, details: { day } });
  return followAuditDay(context, day);
}

/** Follows the chains of one day without an entry of its own, for the page that shows the trail. */
export async function followAuditDay(context: Verifying, day: string): Promise<AuditVerification> {
  const { store, ledgerKeys, now } = context;
  const { heads, entries, faults } = await followChains(context, day);
  const closing = await findAuditDay(store, day);
  const isOver = now().getTime() >= closableAt(day);
  if (closing !== null) faults.push(...closingFaults(ledgerKeys, closing, heads));
  else if (isOver && heads.size > 0 && ((await lastClosedDay(store)) ?? '') > day)
    faults.push({ chain: day, seq: 0, what: 'the closing of the day is missing' });
  const found = { day, chains: heads.size, entries, isClosed: closing !== null, faults };
  return { ...found, isWhole: faults.length === 0, sentence: verificationSentence(found, isOver) };
}

function closingFaults(keys: LedgerKeys, closing: AuditDayDoc, heads: AuditHeads): AuditFault[] {
  if (auditDayState(keys, closing) !== 'fits')
    return [{ chain: closing._id, seq: 0, what: 'this installation did not sign the closing of the day' }];
  return compareWithClosing(heads, closing.heads);
}

async function followChains({ store, ledgerKeys }: Verifying, day: string) {
  const heads: AuditHeads = new Map();
  const faults = new Map<string, AuditFault>();
  let entries = 0;
  for await (const rows of auditDay(store, day)) {
    entries += rows.length;
    for (const fault of verifyAudit(rows, ledgerKeys, heads))
      if (!faults.has(fault.chain)) faults.set(fault.chain, fault);
  }
  return { heads, entries, faults: [...faults.values()] };
}

/** A day is closed this long after its end, ms: an entry that was begun before midnight may be committed after it. */
const CLOSE_AFTER_MS = 30 * MINUTE_MS;

const closableAt = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY_MS + CLOSE_AFTER_MS;

/**
 * Verifies each past day that is not closed yet, and notes how its chains ended. A day with faults is closed too, so
 * that nothing more can be changed unseen, and its faults are logged as an error.
 */
export async function closeAuditDays(
  context: Verifying & Pick<AppContext, 'log'>,
  goOn: () => boolean,
): Promise<{ closed: number; faults: number }> {
  const { store, ledgerKeys, now, log } = context;
  const total = { closed: 0, faults: 0 };
  for (let day = await nextAuditDay(store, await lastClosedDay(store)); day !== null && goOn(); ) {
    if (now().getTime() < closableAt(day)) break;
    const { heads, entries, faults } = await followChains(context, day);
    const ends = [...heads].map(([chain, head]) => ({ chain, ...head }));
    const closing = { _id: day, closedAt: now(), heads: ends, entries, faults: faults.length };
    await insertAuditDay(store, ledgerKeys, closing);
    for (const fault of faults) log.error({ day, ...fault }, 'the audit trail of a day has a fault');
    total.closed += 1;
    total.faults += faults.length;
    day = await nextAuditDay(store, day);
  }
  return total;
}
