import type { Actor } from '../../domain/access/actor.ts';
import { verificationSentence } from '../../domain/audit/sentence.ts';
import { DAY_MS, MINUTE_MS } from '../../domain/durations.ts';
import {
  auditDay,
  countAuditDay,
  findAuditDay,
  insertAuditDay,
  lastClosedDay,
  nextAuditDay,
} from '../../store/audit/audit-entries.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit } from './audit.ts';
import { type AuditFault, type AuditHeads, closingFaults, verifyAudit } from './audit-faults.ts';

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
