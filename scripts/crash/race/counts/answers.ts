import { grouped } from '../../../../src/domain/grouped.ts';
import type { ChainEntry, SeenHandOver } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';
import { SENT } from './rows.ts';

/** P5: finds messages that answer a text beyond the rows of its own transaction. Answers by staff are left out. */
export function answeredTwice({ evidence, rows, texts }: RaceFacts): SeenHandOver[] {
  return evidence.handOvers.filter(({ made, delivery }) => {
    const row = rows.get(delivery ?? '');
    if (!made || row === undefined || row.class === 'staff-answer') return false;
    // A text without a record proves nothing.
    const answers = texts.get(row.answers ?? '')?.answers ?? null;
    return answers !== null && !answers.includes(row.id);
  });
}

const ENDS = ['withdrawn', 'topic-off'];

/**
 * P3: finds confirmations beyond one for each opt-out: a second one for a text, one for a text that ended nothing, and one for a
 * text that ended only what another confirmed text had ended before.
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
    // The same delivery twice is counted as doubled.
    const each = [...new Map(all.map((handOver) => [handOver.delivery, handOver])).values()];
    const entries = facts.people.get(each[0]?.number ?? '')?.entries ?? [];
    return each.slice(isToConfirm(facts, entries, { sid, byText }) ? 1 : 0);
  });
}

type Confirmed = { sid: string; byText: ReadonlyMap<string, SeenHandOver[]> };

/** Whether a text must be confirmed, as `wasOptOutConfirmed` of the domain decides. When the chain tells too little, it must. */
function isToConfirm(facts: RaceFacts, entries: readonly ChainEntry[], { sid, byText }: Confirmed): boolean {
  const own = entries.filter((entry) => entry.cause === sid && ENDS.includes(entry.kind));
  // A text that should have ended something is counted as not honoured.
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

/**
 * Whether anything but opt-outs by text came between two of them: a question, a YES, or an opt-out by another door, which nobody
 * confirms.
 */
function hasOpened(
  { texts }: RaceFacts,
  entries: readonly ChainEntry[],
  { from, to }: { from: ChainEntry; to: ChainEntry },
): boolean {
  return entries.some(({ seq, wall, kind, cause }) => {
    // A question may be recorded before an opt-out that had arrived earlier.
    if (seq >= to.seq || (seq <= from.seq && wall <= from.acted)) return false;
    return kind !== 'ineffective' && !(ENDS.includes(kind) && texts.has(cause ?? ''));
  });
}
