import { CONSENT_END_REASONS, type ConsentEndReason } from '../consent/consent-state.ts';
import { readScope, type Scope } from '../consent/suppression.ts';
import { grouped } from '../grouped.ts';

/** Ledger entries by which a number leaves the active list, or returns, without an act of its holder. */
export const HYGIENE_KINDS = ['number-suppressed', 'number-restored', 'ended'] as const;
export type HygieneKind = (typeof HYGIENE_KINDS)[number];

/**
 * Entries by which a number leaves because a delivery report revealed a block at the carrier, or an opt-out that
 * never reached us.
 */
export const CARRIER_KINDS = ['carrier-blocked', 'withdrawn'] as const;
type CarrierKind = (typeof CARRIER_KINDS)[number];
type CleanKind = HygieneKind | CarrierKind;

/**
 * Entries of one day, kind and reason. Of the carrier's kinds only those whose actor is the carrier, one per act.
 * `ofSender`: they concern one sender of ours; all others still text the number.
 */
export type CleanCount = { day: string; kind: CleanKind; reason: string; ofSender: boolean; count: number };

type ByRule = { rule: string; count: number };

/** What list clean-up did on one day. */
export type CleanDay = {
  day: string;
  suppressed: number;
  restored: number;
  /** For one sender of ours only; such a number did not leave the list. */
  suppressedForSender: number;
  restoredForSender: number;
  /** Ended consents, one per program. */
  ended: Record<ConsentEndReason, number>;
  suppressedBy: ByRule[];
  restoredBy: ByRule[];
  /** For one sender or service of ours, by what a delivery report said. */
  carrierBlocked: number;
  carrierBlockedBy: ByRule[];
  /** Acts, by what a delivery report said: opt-outs of everything, or of everything except later confirmations. */
  carrierOptedOut: number;
  carrierOptedOutBy: ByRule[];
};

const NOTHING_ENDED = Object.fromEntries(
  Object.keys(CONSENT_END_REASONS).map((reason) => [reason, 0]),
) as Record<ConsentEndReason, number>;

/** One row per day, also for days on which nothing happened. */
export function cleanDays(days: readonly string[], counts: readonly CleanCount[]): CleanDay[] {
  const byDay = grouped(counts, ({ day }) => day);
  return days.map((day) => cleanDay(day, byDay.get(day) ?? []));
}

/** Totals of a whole period. */
export const cleanTotals = (counts: readonly CleanCount[]): Omit<CleanDay, 'day'> => {
  const { day: _, ...totals } = cleanDay('', counts);
  return totals;
};

function cleanDay(day: string, counts: readonly CleanCount[]): CleanDay {
  const countsOf = (kind: CleanKind) => counts.filter((count) => count.kind === kind);
  const suppressed = countsOf('number-suppressed').filter(({ ofSender }) => !ofSender);
  const restored = countsOf('number-restored').filter(({ ofSender }) => !ofSender);
  const [blocked, optedOut] = [countsOf('carrier-blocked'), countsOf('withdrawn')];
  const ended = { ...NOTHING_ENDED };
  for (const { reason, count } of countsOf('ended')) {
    if (isEndReason(reason)) ended[reason] += count;
  }
  return {
    day,
    suppressed: sum(suppressed),
    restored: sum(restored),
    suppressedForSender: sum(countsOf('number-suppressed')) - sum(suppressed),
    restoredForSender: sum(countsOf('number-restored')) - sum(restored),
    ended,
    suppressedBy: byRule(suppressed),
    restoredBy: byRule(restored),
    carrierBlocked: sum(blocked),
    carrierBlockedBy: byRule(blocked),
    carrierOptedOut: sum(optedOut),
    carrierOptedOutBy: byRule(optedOut),
  };
}

const isEndReason = (reason: string): reason is ConsentEndReason =>
  Object.hasOwn(CONSENT_END_REASONS, reason);

const sum = (counts: readonly CleanCount[]): number => counts.reduce((all, { count }) => all + count, 0);

/** Highest count first, then by name. */
function byRule(counts: readonly CleanCount[]): ByRule[] {
  const groups = grouped(counts, ({ reason }) => reason);
  return [...groups]
    .map(([rule, ruleCounts]) => ({ rule, count: sum(ruleCounts) }))
    .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
}

/** True for an entry that closes a number to one sender only. */
export const isOfSender = (scope: Scope | null): boolean =>
  scope !== null && readScope(scope).kind === 'sender';

/** Why a number left, or was closed to one sender, in one sentence. */
export function whyItLeft(kind: LeavingKind, reason: string, scope: Scope | null): string {
  switch (kind) {
    case 'number-suppressed':
      return isOfSender(scope)
        ? `One of our senders does not text the number for now; other senders do: ${reason}.`
        : `The number takes no texts for now: ${reason}.`;
    case 'ended': {
      const why = isEndReason(reason) ? CONSENT_END_REASONS[reason] : reason;
      return `Consent ended: ${why}. Only a new opt-in begins it again.`;
    }
    case 'carrier-blocked':
      return `The carrier blocks messages from one of our senders or Messaging Services to the number: ${reason}.`;
    case 'withdrawn':
      return scope !== null && readScope(scope).kind === 'program'
        ? `The carrier had an opt-out that never reached us and that is older than a later confirmation of the person. It ended one program: ${reason}. Only a new opt-in begins it again.`
        : `The carrier had an opt-out from everything that never reached us: ${reason}. Only a new opt-in begins consent again.`;
    default:
      return kind satisfies never;
  }
}

export type LeavingKind = Exclude<CleanKind, 'number-restored'>;
