import type { Alarm } from '../words/alarms.ts';
import type { Reading } from '../words/reading.ts';
import { REACTION_RULE } from '../words/reading.ts';
import { ALARM_KINDS } from '../words/word-files.ts';

export const INBOX_STATES = ['open', 'answered', 'closed'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/**
 * The open item of one person: the text that opened it, and how soon it is to be seen to. `begins`: the first text that it
 * stands for, where it took the place of an item that was open.
 */
export type OpenItem = { text: string; urgency: number; begins?: string };

/** Place in the order of the inbox, 0 first: harm, legal, abuse, then everything else. */
export const urgencyOf = (alarm: Alarm | null): number =>
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
  text: { unanswered: boolean; alarm: Alarm | null },
  open: OpenItem | null,
): number | null {
  if (!text.unanswered && text.alarm === null) return null;
  const urgency = urgencyOf(text.alarm);
  return open !== null && open.urgency <= urgency ? null : urgency;
}
