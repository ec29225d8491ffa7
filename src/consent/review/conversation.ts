import type { StateSign } from '../../domain/contacts/person-answer.ts';
import { MESSAGE_STATES, messageSentence } from '../../domain/contacts/timeline.ts';
import { type ArrivalPosition, type InboundDoc, textsUntil } from '../../store/consent/inbound-texts.ts';
import { type OpenContact, unlessClosed } from '../../store/contacts/open-contact.ts';
import { type HappenedDelivery, messagesUntil } from '../../store/deliveries/delivery.ts';
import { openContent } from '../../store/deliveries/new-delivery.ts';
import type { AppContext } from '../app-context.ts';
import { openText } from '../inbound/text-view.ts';

/** One message of ours, or one text of the person, beside the texts that staff decides about. */
export type ConversationEntry = {
  id: string;
  /** Null for a text of the person; otherwise the kind of our message as a sentence, and what became of it. */
  ours: { sentence: string; state: { sign: StateSign; word: string }; language: string } | null;
  at: Date;
  /** Null once they were erased. */
  words: string | null;
  pictures: number;
};

/** Entries before the text in question: enough to see what the person answered. */
const EARLIER = 3;
const MOST_SINCE = 20;

/**
 * What was said around a text: the last messages and texts before it, and our messages since. Oldest first. Without
 * the texts since, which the caller has. The caller writes the audit entry.
 */
export async function conversationAround(
  { store }: Pick<AppContext, 'store'>,
  holder: Pick<OpenContact, 'id' | 'keys'>,
  from: ArrivalPosition | Date,
): Promise<ConversationEntry[]> {
  const until = from instanceof Date ? from : from.receivedAt;
  const [texts, earlier, since] = await Promise.all([
    textsUntil(store, holder.id, { until, limit: EARLIER + 1 }),
    messagesUntil(store, holder.id, { until, limit: EARLIER }),
    messagesUntil(store, holder.id, { until: null, limit: MOST_SINCE }),
  ]);
  // A text that reached us late is among the texts since, although it was received before.
  const isBefore = (text: InboundDoc): boolean =>
    from instanceof Date ? text.receivedAt < from : text.rev < from.rev;
  const before = [
    ...texts.filter(isBefore).map((row) => textEntry(row, holder)),
    ...earlier.map((row) => messageEntry(row, holder)),
  ];
  const after = since.filter(({ happenedAt }) => happenedAt > until);
  const byTime = (a: ConversationEntry, b: ConversationEntry): number => a.at.getTime() - b.at.getTime();
  return [
    ...before.sort(byTime).slice(-EARLIER),
    ...after.map((row) => messageEntry(row, holder)).sort(byTime),
  ];
}

function textEntry(row: InboundDoc, { keys }: Pick<OpenContact, 'keys'>): ConversationEntry {
  const opened = unlessClosed(() => openText(row, keys.profile));
  return {
    id: row._id,
    ours: null,
    at: row.receivedAt,
    words: opened?.words ?? null,
    pictures: opened?.pictures ?? 0,
  };
}

function messageEntry(row: HappenedDelivery, holder: Pick<OpenContact, 'keys'>): ConversationEntry {
  const { sentence } = messageSentence(row);
  return {
    id: row._id,
    ours: { sentence, state: MESSAGE_STATES[row.state], language: row.language },
    at: row.happenedAt,
    words: unlessClosed(() => openContent(holder, row)?.text ?? null),
    pictures: row.media ?? 0,
  };
}
