import { ALREADY_IN } from '../consent/joining.ts';
import type { EventKind } from '../consent/outcome.ts';
import type { Program } from '../program.ts';
import { normalise } from '../words/normalise.ts';
import { wordsInRule } from '../words/reading.ts';
import type { LedgerEntry } from './entering.ts';
import type { Keyword, Trigger } from './journey.ts';

/** Kinds of ledger entries by which a keyword may begin a journey. */
export const BY_KEYWORD: readonly EventKind[] = ['confirmed', 'topic-on', 'ineffective'];

/** The person's own text that led to an entry, as it was read then. */
export type ReadText = { kind: string; rule: string; receivedAt: Date };

/** Whether an entry may have come of a keyword, so that its text is looked for. */
export const mayComeOfKeyword = ({ kind, reason }: Pick<LedgerEntry, 'kind' | 'reason'>): boolean =>
  BY_KEYWORD.includes(kind) && (kind !== 'ineffective' || reason === ALREADY_IN);

/**
 * Whether a text begins it, by what came of it: the program was joined, or they were in it already, by one of its words;
 * or a topic came on by one of the topic's. What a word meant when it was texted decides, and the text is from after the start.
 */
export function begunByKeyword(
  trigger: Trigger,
  { program, startedAt }: { program: string; startedAt: Date },
  entry: LedgerEntry,
  text: ReadText,
): boolean {
  if (trigger.kind !== 'keyword' || entry.program !== program || !mayComeOfKeyword(entry)) return false;
  if (text.receivedAt < startedAt) return false;
  const texted = wordsInRule(text.rule);
  const named = trigger.means.filter(({ word }) => texted.includes(normalise(word)));
  if (text.kind === 'join') return named.some(({ topic }) => topic === null);
  return (
    text.kind === 'topics-on' && named.some(({ topic }) => topic !== null && entry.topics.includes(topic))
  );
}

/** Words that no longer ask for what they did when the journey was saved: the program was changed since. */
export function wordsLost(
  means: readonly Keyword[],
  { keywords, topics }: Pick<Program, 'keywords' | 'topics'>,
): string[] {
  const joins = Object.values(keywords).flat();
  const lost = means.filter(({ word, topic: id }) => {
    const topic = topics.find((one) => one.id === id);
    const now = id === null ? joins : topic === undefined ? [] : [topic.code, topic.word];
    return !now.some((one) => normalise(one) === normalise(word));
  });
  return lost.map(({ word }) => word);
}
