import { DAY_MS, utcDay } from './durations.ts';
import type { WordAlarm } from './words/alarms.ts';
import { REACTION_RULE, type Reading } from './words/reading.ts';
import { ALARM_KINDS } from './words/word-files.ts';

export const INBOX_STATES = ['open', 'answered', 'closed'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/**
 * The open item of one person: the text that opened it, and how soon it is to be seen to. `begins`: the first text that it
 * stands for, where it took the place of an item that was open.
 */
export type OpenItem = { text: string; urgency: number; begins?: string };

/** Place in the order of the inbox, 0 first: harm, legal, abuse, then everything else. */
export const urgencyOf = (alarm: WordAlarm | null): number =>
  alarm === null ? ALARM_KINDS.length : ALARM_KINDS.indexOf(alarm.kind);

/** Readings of texts that say something of which no rule knew what to make; a tapped reaction aside. */
export const UNANSWERED_KINDS: readonly Reading['kind'][] = ['unknown', 'empty'];

/** True where no rule knew what to make of a text that says something. */
export const isUnanswered = ({ kind, rule }: Pick<Reading, 'kind' | 'rule'>): boolean =>
  UNANSWERED_KINDS.includes(kind) && rule !== REACTION_RULE;

/**
 * The urgency at which a text opens an item; null where it needs no person, or belongs to the item that is open: one
 * a person, until something more urgent comes.
 */
export function entersInbox(
  text: { unanswered: boolean; alarm: WordAlarm | null },
  open: OpenItem | null,
): number | null {
  if (!text.unanswered && text.alarm === null) return null;
  const urgency = urgencyOf(text.alarm);
  return open !== null && open.urgency <= urgency ? null : urgency;
}

/** One item that a person answered. */
type AnsweredItem = { program: string | null; receivedAt: Date; answeredAt: Date };

/** How long answers took in one week of one program, seconds. */
type AnswerTimes = {
  program: string | null;
  /** Monday, yyyy-mm-dd in UTC, of the week in which the texts came. */
  week: string;
  answered: number;
  median: number;
  p90: number;
};

/** Newest week first, programs in the order of their ids. */
export function answerTimes(items: readonly AnsweredItem[]): AnswerTimes[] {
  const groups = new Map<string, AnsweredItem[]>();
  for (const item of items) {
    const key = JSON.stringify([mondayOf(item.receivedAt), item.program]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const times = [...groups].map(([key, group]): AnswerTimes => {
    const [week, program] = JSON.parse(key) as [string, string | null];
    const took = group
      .map(({ receivedAt, answeredAt }) => Math.max(0, answeredAt.getTime() - receivedAt.getTime()) / 1000)
      .sort((a, b) => a - b);
    return { program, week, answered: took.length, median: share(took, 0.5), p90: share(took, 0.9) };
  });
  return times.sort((a, b) => compare(b.week, a.week) || compare(a.program ?? '', b.program ?? ''));
}

/** Nearest rank: a time that somebody really waited. */
const share = (sorted: readonly number[], part: number): number =>
  Math.round(sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function mondayOf(at: Date): string {
  const sinceMonday = (at.getUTCDay() + 6) % 7;
  return utcDay(new Date(at.getTime() - sinceMonday * DAY_MS));
}
