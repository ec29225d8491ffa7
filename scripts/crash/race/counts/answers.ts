import { grouped } from '../../../../src/domain/grouped.ts';
import type { ChainEntry, SeenHandOver } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';
import { SENT } from './rows.ts';

/** P5: messages that answer a text beyond the rows that its own transaction wrote, staff's answers apart. */
export function answeredTwice({ evidence, rows, texts }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter(({ made, delivery }) => {
    const row = rows.get(delivery ?? '');
    if (!made || row === undefined || row.class === 'staff-answer') return false;
    // A text without a record tells nothing.
    const answers = texts.get(row.answers ?? '')?.answers ?? null;
    return answers !== null && !answers.includes(row.id);
  });
}

const ENDS = ['withdrawn', 'topic-off'];

/**
 * P3, one confirmation for each opt-out: those beyond the first of one text, of a text that ended nothing, and of one that
 * ended only what another text had ended before, which was confirmed and since which nothing opened.
 */
export function confirmedTwice(facts: RaceFacts): SeenHandOver[] {
  const confirmations = facts.evidence.handOvers.filter(
    (handOver) => handOver.made && facts.rows.get(handOver.delivery ?? '')?.class === 'opt-out-confirmation',
  );
  const byText = grouped(
    confirmations,
    (confirmation) => facts.rows.get(confirmation.delivery ?? '')?.answers ?? '',
  );
  return [...byText].flatMap(([sid, all]) => {
    if (!facts.texts.has(sid)) return [];
    // Twice the same delivery is doubled.
    const each = [...new Map(all.map((handOver) => [handOver.delivery, handOver])).values()];
    const entries = facts.people.get(each[0]?.number ?? '')?.entries ?? [];
    return each.slice(isToConfirm(facts, entries, { sid, byText }) ? 1 : 0);
  });
}

type Confirmed = { sid: string; byText: ReadonlyMap<string, SeenHandOver[]> };

/** As `wasOptOutConfirmed` of the domain reads what stood then, by the chain: where that tells too little, it is. */
function isToConfirm(facts: RaceFacts, entries: readonly ChainEntry[], { sid, byText }: Confirmed): boolean {
  const own = entries.filter((entry) => entry.cause === sid && ENDS.includes(entry.kind));
  // Of one that ought to have ended something it is not honoured.
  if (own.length === 0) return facts.stops.some(({ cause, hold }) => cause === sid && !hold);
  const isEndedBefore = (end: ChainEntry): boolean =>
    entries.some(
      (entry) =>
        entry.seq < end.seq &&
        entry.cause !== sid &&
        ENDS.includes(entry.kind) &&
        (entry.scope === 'all' || entry.scope === end.scope) &&
        (byText.get(entry.cause ?? '') ?? []).some((said) => isKnownToHaveLeft(facts, said)) &&
        !hasOpened(facts, entries, { from: entry, to: end }),
    );
  return !own.every(isEndedBefore);
}

const isKnownToHaveLeft = ({ rows }: RaceFacts, { delivery }: SeenHandOver): boolean =>
  SENT.includes(rows.get(delivery ?? '')?.state ?? '');

/** Anything but opt-outs by text came between two of them: a question, a YES, another door, whose opt-out nobody confirms. */
function hasOpened(
  { texts }: RaceFacts,
  entries: readonly ChainEntry[],
  { from, to }: { from: ChainEntry; to: ChainEntry },
): boolean {
  return entries.some(({ seq, wall, kind, cause }) => {
    // A question may have been recorded before an opt-out that had come before it.
    if (seq >= to.seq || (seq <= from.seq && wall <= from.acted)) return false;
    return kind !== 'ineffective' && !(ENDS.includes(kind) && texts.has(cause ?? ''));
  });
}
