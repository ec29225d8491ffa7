import type { ChainEntry, RowEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';

/**
 * How long an entry that ends consent may stay unseen by a check, ms. Its transaction has six seconds, and the database may be
 * frozen or elect a primary meanwhile.
 */
const UNSEEN_MS = 20_000;

/** The consent of a person by their ledger chain. */
type Agreed = { program: boolean; topic: boolean };

const NOTHING: Agreed = { program: false, topic: false };

/** P2: finds messages that need consent, to a number whose chain has none at that time, or one that had ended long before. */
export function withoutConsent(facts: RaceFacts): SeenHandOver[] {
  return facts.evidence.handOvers.filter((handOver) => {
    const row = facts.rows.get(handOver.delivery ?? '');
    if (row?.class !== 'marketing' && row?.class !== 'transactional') return false;
    const entries = facts.people.get(handOver.number)?.entries ?? [];
    const seen = entries.filter(({ kind, wall }) =>
      agrees(kind) ? wall <= handOver.wall : wall + UNSEEN_MS <= checkedAt(facts, handOver),
    );
    return !seen.reduce((at, entry) => step(at, entry, row), NOTHING).topic;
  });
}

const agrees = (kind: string): boolean => kind === 'confirmed' || kind === 'topic-on';

/** When the process checked the message, ms of the wall clock. Without a stamp, when the carrier met it. */
function checkedAt({ attempts: begun }: RaceFacts, { delivery, epoch, at, wall }: SeenHandOver): number {
  const checked = begun.get(`${delivery}.${epoch}`)?.checked ?? at;
  return wall - Number(at - checked) / 1e6;
}

/** The consent after an entry. A topic is turned on only for a person in the program. */
function step(before: Agreed, entry: ChainEntry, { program, topic }: RowEvidence): Agreed {
  const { kind, topics, scope } = entry;
  const isOfProgram = entry.program === program;
  const names = isOfProgram && topics.includes(topic ?? '');
  switch (kind) {
    case 'confirmed':
      return isOfProgram ? { program: true, topic: before.topic || names } : before;
    case 'topic-on':
      return names && before.program ? { program: true, topic: true } : before;
    case 'topic-off':
      return names ? { ...before, topic: false } : before;
    case 'held':
      return { ...before, topic: false };
    case 'withdrawn':
    case 'ended':
      return scope === 'all' || isOfProgram ? NOTHING : before;
    default:
      return before;
  }
}

/** P2: finds consents that answer a question from before an intermediate opt-out, by the number of their entry. */
export function agreedToOldQuestions({ evidence }: RaceFacts): string[] {
  return evidence.people.flatMap(({ entries }) =>
    entries.flatMap(({ kind, seq, answers, program }) => {
      if (kind !== 'confirmed' || answers === null) return [];
      const ended = entries.some(
        (entry) =>
          entry.kind === 'withdrawn' &&
          (entry.scope === 'all' || entry.program === program) &&
          entry.seq > answers &&
          entry.seq < seq,
      );
      return ended ? [`${program} at entry ${seq}`] : [];
    }),
  );
}
