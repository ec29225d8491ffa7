import type { ChainEntry, RaceEvidence, RowEvidence, TextEvidence } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';
import { RACE_SENDERS } from '../programs.ts';
import { unknowns } from './rows.ts';

export type Replies = {
  /** What did not come although nothing explains it, by name. */
  lost: string[];
  /** Replies that were planned. */
  planned: number;
  /** Those of unknown outcome, and how many of them the troubles of the step may explain at most. */
  unknown: number;
  bound: number;
  /** Those that ended since their text had come too late for them. */
  expired: number;
};

/**
 * Replies that one process may have had under way when it died or froze, or when its database failed: it has fifty calls
 * open at most. What a struck process had under way is unknown for good but for required answers, so without a bound a
 * reply could be lost and pass as explained.
 */
const UNDER_WAY = 50;

/** Replies to the texts of a step: each recorded text has those that it asks for, and each left, or has one of few reasons. */
export function repliesOf(facts: RaceFacts): Replies {
  const { evidence } = facts;
  const made = new Set(evidence.handOvers.flatMap((handOver) => (handOver.made ? [handOver.delivery] : [])));
  const planned = evidence.rows.filter(isReply);
  const unmade = planned.filter(({ id }) => !made.has(id));
  const inFlight = unknowns(facts).inFlight.filter(isReply);
  const bound = evidence.troubles * UNDER_WAY;
  const beyond = inFlight.slice(bound);
  const unexplained = [...unmade.filter((row) => !isExplained(facts, row)), ...beyond];
  return {
    lost: [...unplanned(facts), ...unexplained.map(named)],
    planned: planned.length,
    unknown: inFlight.length,
    bound,
    expired: unmade.filter(({ state }) => state === 'expired').length,
  };
}

/** Staff orders its answers by the API, which says what it took. */
const isReply = ({ answers, class: kind }: RowEvidence): boolean =>
  answers !== null && kind !== 'staff-answer';

const named = ({ id, class: kind, state, error }: RowEvidence): string =>
  `${id} (${kind}, ${state}${error === null ? '' : `, ${error}`})`;

/** Words that are answered whoever texts them, and whenever. */
const ALWAYS_ANSWERED: readonly string[] = ['HELP', 'WHY', 'MENU'];

/** Numbers on which the carrier answers nothing itself. */
const OWN = Object.values(RACE_SENDERS).flatMap(({ number, handling }) =>
  handling === 'own' ? [number] : [],
);

/** Texts without a reply that they must have, and replies that a record names and that are gone. */
function unplanned({ evidence, rows, people }: RaceFacts): string[] {
  return evidence.texts.flatMap((text) => {
    const { sid, body, answers, number, to } = text;
    if (answers === null) return [];
    const gone = answers.filter((id) => !rows.has(id)).map((id) => `${id} (gone)`);
    const entries = people.get(number)?.entries ?? [];
    const isOwed = OWN.includes(to) && (ALWAYS_ANSWERED.includes(body) || isToldOf(entries, text));
    return isOwed && answers.length === 0 ? [...gone, `none to ${sid} (${body})`] : gone;
  });
}

const ENDS = ['withdrawn', 'topic-off'];

/** By the chain: a question must be put, a consent be welcomed, and the first opt-out of a person be confirmed. */
function isToldOf(entries: readonly ChainEntry[], { sid }: TextEvidence): boolean {
  const firstEnd = entries.find(({ kind }) => ENDS.includes(kind));
  return (
    firstEnd?.cause === sid ||
    entries.some(({ kind, cause }) => cause === sid && (kind === 'prompted' || kind === 'confirmed'))
  );
}

/** Why a reply did not become a message of the carrier. What is open, unknown for nothing, or misstated has counts of its own. */
function isExplained(facts: RaceFacts, row: RowEvidence): boolean {
  switch (row.state) {
    case 'failed':
      return wasRefused(facts.evidence, row);
    case 'skipped':
    case 'canceled':
      return isForbidden(facts, row);
    case 'expired':
      return cameLate(facts.texts.get(row.answers ?? ''));
    default:
      return true;
  }
}

const wasRefused = ({ handOvers }: RaceEvidence, { id }: RowEvidence): boolean =>
  handOvers.some((handOver) => handOver.delivery === id && !handOver.made && !handOver.unanswered);

/** Nothing but a block of the carrier's keeps HELP and confirmations back; the rest, an opt-out or a hold of its person does too. */
function isForbidden(
  { evidence, stopsOf, texts }: RaceFacts,
  { class: kind, number, answers }: RowEvidence,
): boolean {
  if (evidence.blocked.some((block) => block.number === number)) return true;
  if (kind === 'help' || kind === 'opt-out-confirmation') return false;
  if ((stopsOf.get(number) ?? []).length > 0) return true;
  // A question is over, too, once its person has texted again.
  const asked = texts.get(answers ?? '')?.begunAt ?? 0n;
  return kind === 'prompt' && evidence.texts.some((text) => text.number === number && text.begunAt > asked);
}

/** Almost the five minutes after which no opt-out is confirmed, ms: what its process left undone takes some seconds. */
const LATE_MS = 270_000;

/** Its text was found in the spool, or in the list of the carrier, when nothing could answer it any more. */
const cameLate = (text: TextEvidence | undefined): boolean =>
  text !== undefined &&
  text.door !== 'webhook' &&
  text.receivedAt !== null &&
  (text.recordedAt ?? 0) - text.receivedAt > LATE_MS;
