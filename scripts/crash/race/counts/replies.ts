import type { ChainEntry, RaceEvidence, RowEvidence, TextEvidence } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';
import { RACE_SENDERS } from '../programs.ts';
import { unknowns } from './rows.ts';

export type Replies = {
  /** Missing replies that nothing explains, by name. */
  lost: string[];
  /** Planned replies. */
  planned: number;
  /** Replies with an unknown outcome, and how many of them the troubles of the step explain at most. */
  unknown: number;
  bound: number;
  /** Replies that expired because their text had come too late. */
  expired: number;
};

/**
 * The most replies that one process had under way when it was struck or its database failed: it has at most fifty open calls.
 * Without this bound a lost reply could pass as explained, because the outcome of such replies stays unknown.
 */
const UNDER_WAY = 50;

/** Checks the replies of a step: each recorded text has the replies it needs, and each reply left or has one of few reasons. */
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

/** Staff orders answers by the API, which returns their ids. */
const isReply = ({ answers, class: kind }: RowEvidence): boolean =>
  answers !== null && kind !== 'staff-answer';

const named = ({ id, class: kind, state, error }: RowEvidence): string =>
  `${id} (${kind}, ${state}${error === null ? '' : `, ${error}`})`;

/** Words that are always answered. */
const ALWAYS_ANSWERED: readonly string[] = ['HELP', 'WHY', 'MENU'];

/** Numbers on which the carrier answers nothing itself. */
const OWN = Object.values(RACE_SENDERS).flatMap(({ number, handling }) =>
  handling === 'own' ? [number] : [],
);

/** Finds texts without the reply they need, and missing rows of replies that a record names. */
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

/**
 * Whether the chain requires a reply: a question is asked, a consent is welcomed, and the first opt-out of a person is
 * confirmed.
 */
function isToldOf(entries: readonly ChainEntry[], { sid }: TextEvidence): boolean {
  const firstEnd = entries.find(({ kind }) => ENDS.includes(kind));
  return (
    firstEnd?.cause === sid ||
    entries.some(({ kind, cause }) => cause === sid && (kind === 'prompted' || kind === 'confirmed'))
  );
}

/** Whether a reply without a message is explained. Open, unexplained unknown, and misstated rows have counts of their own. */
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

/**
 * Whether the reply was forbidden. Only a carrier block stops HELP and confirmations; an opt-out or a hold stops the other
 * classes.
 */
function isForbidden(
  { evidence, stopsOf, texts }: RaceFacts,
  { class: kind, number, answers }: RowEvidence,
): boolean {
  if (evidence.blocked.some((block) => block.number === number)) return true;
  if (kind === 'help' || kind === 'opt-out-confirmation') return false;
  if ((stopsOf.get(number) ?? []).length > 0) return true;
  // A question also ends when its person texts again.
  const asked = texts.get(answers ?? '')?.begunAt ?? 0n;
  return kind === 'prompt' && evidence.texts.some((text) => text.number === number && text.begunAt > asked);
}

/** Almost the five minutes after which no opt-out is confirmed, ms. Work that a dead process left takes some seconds. */
const LATE_MS = 270_000;

/** Whether the text was found in the spool or in the carrier's list when it was too late to answer it. */
const cameLate = (text: TextEvidence | undefined): boolean =>
  text !== undefined &&
  text.door !== 'webhook' &&
  text.receivedAt !== null &&
  (text.recordedAt ?? 0) - text.receivedAt > LATE_MS;
