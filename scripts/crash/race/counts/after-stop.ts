import type { Scope } from '../../../../src/domain/consent/suppression.ts';
import type { RowEvidence, SeenHandOver } from '../evidence/evidence.ts';
import type { OptOutFacts, RaceFacts } from '../evidence/facts.ts';
import { WITH_RECEIPTS } from '../programs.ts';

/** Classes that an opt-out never forbids. */
export const FREE = ['help', 'opt-out-confirmation'];

/** Classes that a hold does not forbid either: whoever writes is answered. */
const FREE_WHILE_HELD = ['reply', 'joining-help', 'hold-notice', 'required-answer', 'staff-answer'];

export type AfterStop = {
  /** Hand-overs that began after the answer to an opt-out that forbids them. */
  lost: SeenHandOver[];
  /** The same, by a process that was frozen between its check and its write: the protocol does not cover it. */
  frozen: SeenHandOver[];
  /**
   * The same, of hand-overs that were over before the answer: answered, or broken off so that nothing of them could
   * leave any more, or their process was dead. Their bytes lay with the carrier, whose process had not come to read them.
   */
  readLate: SeenHandOver[];
};

/** P3, by the carrier's clock: when its answer to the opt-out was there, and the first byte of the hand-over. */
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

/** A hold that left no entry met an opt-out, or another hold, that stood: what then stops is that one's. */
function isForbiddenByHold({ seq }: OptOutFacts, row: RowEvidence): boolean {
  return seq !== null && !FREE_WHILE_HELD.includes(row.class) && !(row.class === 'prompt' && row.own);
}

/** As `cancelAndDrain` reads it: a topic covers what names it, a question for it among them; everything covers all. */
export function covers(scope: Scope, row: RowEvidence): boolean {
  if (scope === 'all') return true;
  if (scope === `program:${row.program}`) return true;
  return [row.topic, ...row.asks].some((topic) => scope === `topic:${row.program}/${topic}`);
}

/**
 * It answers a text that came after the opt-out: by the clock, or by the order in which both were recorded; where its text is in
 * no ledger, as those that only ask are, and those that staff answers, by when both reached the gateway. Words that nobody knows
 * get none however late they come.
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

/** The person agreed anew after the opt-out and before this hand-over. A topic turned on is no agreement to what ended with more. */
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

/** Ages in ms of messages that left the carrier for the handset after an opt-out that forbids them was answered. */
export type AtCarrierAges = {
  ages: number[];
  /** Those of senders that get receipts, by which what they have at the carrier is kept short. */
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

/** Of a hand-over after a STOP, how it and the text that it answers lie to the STOPs of its person, ms. */
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
