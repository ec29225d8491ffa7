import type { Scope } from '../../../../src/domain/consent/suppression.ts';
import type { RowEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { OptOutFacts, RaceFacts } from '../evidence/facts.ts';
import { WITH_RECEIPTS } from '../programs.ts';

/** Classes that an opt-out never forbids. */
export const FREE = ['help', 'opt-out-confirmation'];

/** Classes that a hold does not forbid either, because a person who writes is answered. */
const FREE_WHILE_HELD = ['reply', 'joining-help', 'hold-notice', 'required-answer', 'staff-answer'];

export type AfterStop = {
  /** Hand-overs that began after the answer to an opt-out that forbids them. */
  lost: SeenHandOver[];
  /** The same, by a process that was frozen between its check and its write. The protocol does not cover this case. */
  frozen: SeenHandOver[];
  /**
   * The same, for calls that had ended before the answer: answered, broken off, or of a dead process. Their bytes lay with the
   * carrier, whose process had not read them yet.
   */
  readLate: SeenHandOver[];
};

/** P3 by the carrier's clock: compares the arrival of the answer to an opt-out with the first byte of each hand-over. */
export function afterStop(facts: RaceFacts): AfterStop {
  const result: AfterStop = { lost: [], frozen: [], readLate: [] };
  for (const handOver of facts.evidence.handOvers) {
    const row = facts.rows.get(handOver.delivery ?? '');
    if (row === undefined || FREE.includes(row.class)) continue;
    const stops = (facts.stopsOf.get(handOver.number) ?? []).filter((stop) =>
      forbids(facts, stop, handOver, row),
    );
    if (stops.length === 0) continue;
    const stamp = facts.attempts.get(`${handOver.delivery}.${handOver.epoch}`);
    const over = stops.every(({ answeredAt }) => isBefore(stamp?.ended, answeredAt));
    result[over ? 'readLate' : stamp?.frozen ? 'frozen' : 'lost'].push(handOver);
  }
  return result;
}

const isBefore = (time: bigint | null | undefined, other: bigint | null): boolean =>
  time != null && other !== null && time < other;

function forbids(facts: RaceFacts, stop: OptOutFacts, handOver: SeenHandOver, row: RowEvidence): boolean {
  if (stop.answeredAt === null || handOver.at <= stop.answeredAt) return false;
  if (!stop.scopes.some((scope) => covers(scope, row))) return false;
  if (stop.hold && !isForbiddenByHold(stop, row)) return false;
  return !answersLater(facts, stop, row) && !agreedLater(facts, stop, handOver, row);
}

/** A hold without an entry met an opt-out or another hold that stood already, which forbids the rest. */
function isForbiddenByHold({ seq }: OptOutFacts, row: RowEvidence): boolean {
  return seq !== null && !FREE_WHILE_HELD.includes(row.class) && !(row.class === 'prompt' && row.own);
}

/**
 * Whether a scope covers a row, as `cancelAndDrain` reads it. A topic covers rows and questions that name it; "all" covers every
 * row.
 */
export function covers(scope: Scope, row: RowEvidence): boolean {
  if (scope === 'all') return true;
  if (scope === `program:${row.program}`) return true;
  return [row.topic, ...row.asks].some((topic) => scope === `topic:${row.program}/${topic}`);
}

/**
 * Whether the row answers a text from after the opt-out: by the clock, or by the order of the ledger. A text without a ledger
 * entry, and a text that staff answers, is compared by its arrival at the gateway. Unknown words get no answer after an opt-out.
 */
function answersLater({ texts, seqOf }: RaceFacts, stop: OptOutFacts, row: RowEvidence): boolean {
  if (row.class === 'unknown-answer') return false;
  const byStaff = row.class === 'staff-answer';
  if (row.answers === null || row.answers === stop.cause) return row.answers === stop.cause && !byStaff;
  const text = texts.get(row.answers);
  if (text !== undefined && stop.answeredAt !== null && text.begunAt > stop.answeredAt) return true;
  const seq = seqOf.get(row.answers);
  const isUnordered = byStaff || seq === undefined;
  if (isUnordered && stop.acted !== null && (text?.receivedAt ?? 0) > stop.acted) return true;
  return seq !== undefined && stop.seq !== null && seq > stop.seq;
}

/**
 * Whether the person agreed again after the opt-out and before this hand-over. A topic turned on is no agreement when more than
 * the topic was ended.
 */
function agreedLater(
  { people, texts }: RaceFacts,
  stop: OptOutFacts,
  handOver: SeenHandOver,
  row: RowEvidence,
): boolean {
  const endsMore =
    !stop.hold && stop.scopes.some((scope) => !scope.startsWith('topic:') && covers(scope, row));
  return (people.get(handOver.number)?.entries ?? []).some((entry) => {
    if (stop.seq === null || entry.seq <= stop.seq || entry.program !== row.program) return false;
    const turnedOn = entry.kind === 'topic-on' && entry.topics.includes(row.topic ?? '');
    const text = texts.get(entry.cause ?? '');
    const opens = entry.kind === 'confirmed' || (turnedOn && !endsMore);
    return opens && text !== undefined && text.begunAt < handOver.at;
  });
}

/** Ages in ms of messages that left the carrier for the handset after the answer to an opt-out that forbids them. */
export type AtCarrierAges = {
  ages: number[];
  /** The ages for senders with receipts, whose queue at the carrier is kept short. */
  agesPaced: number[];
};

export function alreadyAtCarrier(facts: RaceFacts): AtCarrierAges {
  const late = leftLate(facts);
  const agesOf = (some: readonly Late[]): number[] => some.map(({ at, leftAt }) => Number(leftAt - at) / 1e6);
  return {
    ages: agesOf(late),
    agesPaced: agesOf(late.filter(({ sender }) => WITH_RECEIPTS.includes(sender))),
  };
}

type Late = SeenHandOver & { leftAt: bigint };

function leftLate(facts: RaceFacts): Late[] {
  return facts.evidence.handOvers.flatMap((handOver) => {
    const row = facts.rows.get(handOver.delivery ?? '');
    const { leftAt } = handOver;
    if (row === undefined || leftAt === null || FREE.includes(row.class)) return [];
    const late = (facts.stopsOf.get(handOver.number) ?? []).filter(
      (stop) =>
        forbids(facts, stop, { ...handOver, at: leftAt }, row) && !forbids(facts, stop, handOver, row),
    );
    return late.length === 0 ? [] : [{ ...handOver, leftAt }];
  });
}

/** Describes the times of a hand-over after a STOP, and of the text it answers, relative to the STOPs of its person, ms. */
export function describeTiming(
  { evidence, texts, stopsOf, rows }: RaceFacts,
  handOver: SeenHandOver,
): string {
  const ms = (at: bigint, from: bigint): string => `${(Number(at - from) / 1e6).toFixed(0)} ms`;
  const text = texts.get(rows.get(handOver.delivery ?? '')?.answers ?? '');
  const stamp = evidence.begun.find(
    ({ delivery, epoch }) => delivery === handOver.delivery && epoch === handOver.epoch,
  );
  const lies = (stopsOf.get(handOver.number) ?? []).map(({ answeredAt, acted, scopes }) => {
    if (answeredAt === null) return `a STOP of ${scopes.join()} not answered`;
    const checked = stamp === undefined ? '' : `, checked ${ms(stamp.checked, answeredAt)}`;
    const asked = text === undefined ? '' : `, its text posted ${ms(text.begunAt, answeredAt)}`;
    const reached = acted === null ? 'never' : `${(text?.receivedAt ?? 0) - acted} ms after that STOP`;
    return `met ${ms(handOver.at, answeredAt)}${checked}${asked} after the answer to a STOP of ${scopes.join()}${text === undefined ? '' : `, and which reached us ${reached}`}`;
  });
  return lies.join('; ');
}
