import { END_REASONS, type EndReason } from '../consent/ending.ts';
import { grouped } from './grouped.ts';

/** Ledger entries by which a number leaves the active list, or comes back, without a word of its holder. */
export const HYGIENE_KINDS = ['number-suppressed', 'number-restored', 'ended'] as const;
export type HygieneKind = (typeof HYGIENE_KINDS)[number];

/** Entries of one day, kind and reason. */
export type HygieneCount = { day: string; kind: HygieneKind; reason: string; count: number };

export type ByRule = { rule: string; count: number };

/** What the clean-up did on one day. */
export type CleanDay = {
  day: string;
  suppressed: number;
  restored: number;
  /** Consents: one for each program. */
  ended: Record<EndReason, number>;
  suppressedBy: ByRule[];
  restoredBy: ByRule[];
};

const NOTHING_ENDED = Object.fromEntries(Object.keys(END_REASONS).map((one) => [one, 0])) as Record<
  EndReason,
  number
>;

/** One row a day, also where nothing happened. */
export function cleanDays(days: readonly string[], counts: readonly HygieneCount[]): CleanDay[] {
  const byDay = grouped(counts, ({ day }) => day);
  return days.map((day) => cleanDay(day, byDay.get(day) ?? []));
}

/** Of a whole period. */
export const cleanTotals = (counts: readonly HygieneCount[]): Omit<CleanDay, 'day'> => {
  const { day: _, ...totals } = cleanDay('', counts);
  return totals;
};

function cleanDay(day: string, counts: readonly HygieneCount[]): CleanDay {
  const of = (kind: HygieneKind) => counts.filter((one) => one.kind === kind);
  const suppressed = of('number-suppressed');
  const restored = of('number-restored');
  const ended = { ...NOTHING_ENDED };
  for (const { reason, count } of of('ended')) {
    if (isEndReason(reason)) ended[reason] += count;
  }
  return {
    day,
    suppressed: sum(suppressed),
    restored: sum(restored),
    ended,
    suppressedBy: byRule(suppressed),
    restoredBy: byRule(restored),
  };
}

const isEndReason = (reason: string): reason is EndReason => Object.hasOwn(END_REASONS, reason);

const sum = (counts: readonly HygieneCount[]): number => counts.reduce((all, { count }) => all + count, 0);

/** The most first, then by name. */
function byRule(counts: readonly HygieneCount[]): ByRule[] {
  const groups = grouped(counts, ({ reason }) => reason);
  return [...groups]
    .map(([rule, of]) => ({ rule, count: sum(of) }))
    .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
}

/** Why a number left, in one sentence. */
export function whyItLeft(kind: HygieneKind, reason: string): string {
  if (kind !== 'ended') return `The number takes no texts for now: ${reason}.`;
  const why = isEndReason(reason) ? END_REASONS[reason] : reason;
  return `Consent ended: ${why}. Only a new opt-in opens it again.`;
}
