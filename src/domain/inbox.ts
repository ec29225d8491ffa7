import { DAY_MS, utcDay } from './durations.ts';
import { merge, readTemplate, type TemplateValues } from './templates/template.ts';
import type { WordAlarm } from './words/alarms.ts';
import { REACTION_RULE, type Reading } from './words/reading.ts';
import { ALARM_KINDS } from './words/word-files.ts';

export const INBOX_STATES = ['open', 'answered', 'closed'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/**
 * The open item of one person: the text that opened it, and its urgency. `begins`: the first text of the item that
 * this one replaced.
 */
export type OpenItem = { text: string; urgency: number; begins?: string };

/** Rank in the inbox, 0 first: harm, legal, abuse, then everything else. */
export const urgencyOf = (alarm: WordAlarm | null): number =>
  alarm === null ? ALARM_KINDS.length : ALARM_KINDS.indexOf(alarm.kind);

/** Readings of texts that no rule could answer. A tapped reaction also reads as `unknown` and needs no answer. */
export const UNANSWERED_KINDS: readonly Reading['kind'][] = ['unknown', 'empty'];

/** True when no rule could answer a text, and the text is no tapped reaction. */
export const isUnanswered = ({ kind, rule }: Pick<Reading, 'kind' | 'rule'>): boolean =>
  UNANSWERED_KINDS.includes(kind) && rule !== REACTION_RULE;

/**
 * The urgency with which a text opens an item. Null when it needs no person or belongs to the open item: each person
 * has one item, until a more urgent text replaces it.
 */
export function entersInbox(
  text: { unanswered: boolean; alarm: WordAlarm | null },
  open: OpenItem | null,
): number | null {
  if (!text.unanswered && text.alarm === null) return null;
  const urgency = urgencyOf(text.alarm);
  return open !== null && open.urgency <= urgency ? null : urgency;
}

/** The fields that a saved answer may have. Staff sees them filled before anything is sent. */
const SAVED_ANSWER_FIELDS = ['first_name', 'brand', 'program'] as const;

/** Known of everyone, so these fields need no words in their place. */
const ALWAYS_KNOWN: readonly string[] = ['brand', 'program'];

/** What is wrong with the words of a saved answer, as a sentence for staff; null when nothing is. */
export function faultInSavedAnswer(text: string): string | null {
  const { pieces, faults } = readTemplate(text);
  const [fault] = faults;
  if (fault !== undefined) return fault.problem;
  for (const piece of pieces) {
    if (piece.kind === 'link' || piece.kind === 'coupon')
      return 'A saved answer has no short links and no coupons: it sells nothing.';
    if (piece.kind === 'words') continue;
    if (!SAVED_ANSWER_FIELDS.some((field) => field === piece.name))
      return `There is no field "${piece.name}" here. There are ${SAVED_ANSWER_FIELDS.join(', ')}.`;
    if (piece.fallback === null && !ALWAYS_KNOWN.includes(piece.name))
      return `Not everybody has told us their name: write {${piece.name}|there}, with the words for those.`;
  }
  return null;
}

/** The words of a saved answer for one person; null when they have a fault. */
export const fillSavedAnswer = (text: string, values: TemplateValues): string | null =>
  faultInSavedAnswer(text) === null ? merge(readTemplate(text).pieces, values) : null;

/** One item that staff answered. */
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

/** Nearest-rank percentile, so that the result is a time that somebody actually waited. */
const share = (sorted: readonly number[], part: number): number =>
  Math.round(sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function mondayOf(at: Date): string {
  const sinceMonday = (at.getUTCDay() + 6) % 7;
  return utcDay(new Date(at.getTime() - sinceMonday * DAY_MS));
}
