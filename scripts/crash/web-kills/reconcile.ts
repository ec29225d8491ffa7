import { grouped } from '../../../src/domain/grouped.ts';
import { endsSome, isAlwaysAnswered, isJoin, isStop } from './conversations.ts';
import type { Delivery, Outbound, WebKillEvidence, WebKillText } from './evidence.ts';

/** Counts that must be zero. */
export type Violations = {
  textsLost: number;
  textsAnsweredTwice: number;
  chainsBroken: number;
  stopsNotHonoured: number;
  messagesAfterStop: number;
  subscribedWithoutConfirmation: number;
  deliveriesLeftOpen: number;
  effectsDoubled: number;
  messagesFromNowhere: number;
  repliesUnplanned: number;
  silenceWithoutReason: number;
};

/** Compares what the carrier saw with the database. */
export function reconcile(evidence: WebKillEvidence): Violations {
  const recorded = new Set(evidence.inbound.map((text) => text.sid));
  return {
    textsLost: evidence.texts.filter((text) => !recorded.has(text.sid)).length,
    textsAnsweredTwice: answeredTwice(evidence),
    chainsBroken: evidence.chainFaults + evidence.strayEntries,
    stopsNotHonoured: stopsNotHonoured(evidence),
    messagesAfterStop: latecomers(evidence).length,
    subscribedWithoutConfirmation: unproven(evidence),
    deliveriesLeftOpen: evidence.deliveries.filter((delivery) => delivery.open).length,
    effectsDoubled: effectsDoubled(evidence),
    messagesFromNowhere: evidence.outbound.filter((message) => causeOf(evidence, message.delivery) === null)
      .length,
    repliesUnplanned: unplanned(evidence),
    silenceWithoutReason: unanswered(evidence).filter((delivery) => !isExplained(evidence, delivery)).length,
  };
}

/** Counts recorded texts without the reply that they need: words that are always answered, and the first STOP of a handset. */
function unplanned({ texts, inbound, deliveries }: WebKillEvidence): number {
  const planned = new Set(deliveries.map((delivery) => delivery.id));
  const answers = new Map(inbound.map((text) => [text.sid, text.answers]));
  const isAnswered = ({ sid }: WebKillText): boolean =>
    (answers.get(sid) ?? []).some((id) => planned.has(id));
  const isRecorded = ({ sid }: WebKillText): boolean => answers.has(sid);
  const always = texts.filter((text) => isAlwaysAnswered(text.body) && isRecorded(text));
  const stops = grouped(
    texts.filter(({ body }) => isStop(body)),
    ({ handset }) => handset,
  );
  // When there are several, the one recorded first is confirmed.
  const unconfirmed = [...stops.values()].filter((all) => all.every(isRecorded) && !all.some(isAnswered));
  return always.filter((text) => !isAnswered(text)).length + unconfirmed.length;
}

/**
 * Whether a planned reply without a message is explained. Dispatcher and carrier are left alone, so no reply may fail or be
 * unknown. A confirmation expires only when its text was found in the carrier's list five minutes late.
 */
function isExplained(
  { texts, inbound }: WebKillEvidence,
  { state, open, class: kind, answers }: Delivery,
): boolean {
  // An open delivery has a count of its own.
  if (open) return true;
  const text = texts.find((text) => text.sid === answers);
  const record = inbound.find((text) => text.sid === answers);
  if (text === undefined || record === undefined) return false;
  if (state === 'expired')
    return record.door !== 'webhook' && record.recordedAt - record.receivedAt > LATE_MS;
  if (state !== 'skipped' && state !== 'canceled') return false;
  if (kind === 'help' || kind === 'opt-out-confirmation') return false;
  const others = texts.filter((other) => other.handset === text.handset && other.sid !== text.sid);
  // A question is over once its person has texted again.
  return others.some(({ body, begunAt }) => endsSome(body) || (kind === 'prompt' && begunAt > text.begunAt));
}

/** Almost the five minutes after which no opt-out is confirmed, ms. */
const LATE_MS = 270_000;

/** Planned replies that reached no handset. */
export function unanswered({ outbound, deliveries }: WebKillEvidence): Delivery[] {
  const gone = new Set(outbound.map((message) => message.delivery));
  return deliveries.filter((delivery) => delivery.answers !== null && !gone.has(delivery.id));
}

function causeOf({ deliveries }: WebKillEvidence, delivery: string | null): Delivery | null {
  return deliveries.find((candidate) => candidate.id === delivery && candidate.answers !== null) ?? null;
}

/** Counts texts that more than one message answers. The conversations hold none that may have two. */
function answeredTwice(evidence: WebKillEvidence): number {
  const counts = new Map<string, number>();
  for (const { delivery } of evidence.outbound) {
    const sid = causeOf(evidence, delivery)?.answers;
    if (sid != null) counts.set(sid, (counts.get(sid) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count > 1).length;
}

/** Counts handsets that asked to stop and are not suppressed. Only a later JOIN ends that wish. */
function stopsNotHonoured({ texts, holders }: WebKillEvidence): number {
  const last = new Map<string, boolean>();
  for (const { handset, body } of texts) {
    if (isStop(body)) last.set(handset, true);
    else if (isJoin(body)) last.set(handset, false);
  }
  const suppressed = new Set(holders.filter((holder) => holder.suppressed).map((holder) => holder.handset));
  return [...last].filter(([handset, wish]) => wish && !suppressed.has(handset)).length;
}

/** A message that began after the answer to a STOP. */
export type Latecomer = {
  message: Outbound;
  stop: WebKillText;
  cause: Delivery | null;
  asked: WebKillText | null;
};

/**
 * Finds messages that began after the answer to a STOP, except HELP, that answer itself, answers to later texts, and what texts
 * at the same time may get: only the ledger orders two such exchanges. The answer to a spooled STOP promises nothing yet.
 */
export function latecomers(evidence: WebKillEvidence): Latecomer[] {
  const spooled = new Set(evidence.inbound.filter((text) => text.door === 'spool').map((text) => text.sid));
  const stops = evidence.texts.filter((text) => isStop(text.body) && !spooled.has(text.sid));
  const texts = new Map(evidence.texts.map((text) => [text.sid, text]));
  return evidence.outbound.flatMap((message) => {
    const cause = causeOf(evidence, message.delivery);
    if (cause?.class === 'help') return [];
    const asked = texts.get(cause?.answers ?? '') ?? null;
    const late = { message, cause, asked };
    const stop = stops.find(
      (stop) =>
        stop.handset === message.handset &&
        wasLeft(stop, message.at, asked) &&
        !isTheOneConfirmation(evidence, { ...late, stop: stop }) &&
        !isAskedAnew(evidence, { ...late, stop: stop }),
    );
    return stop === undefined ? [] : [{ ...late, stop }];
  });
}

function wasLeft(stop: WebKillText, at: bigint, asked: WebKillText | null): boolean {
  if (stop.answeredAt === null || at <= stop.answeredAt || asked?.sid === stop.sid) return false;
  return asked === null || asked.begunAt < stop.answeredAt;
}

/** Whether the message is the one confirmation of several STOPs, which may leave after the answer to a later one. */
function isTheOneConfirmation(
  { outbound, deliveries }: WebKillEvidence,
  { cause, stop, asked }: Latecomer,
): boolean {
  if (cause?.class !== 'opt-out-confirmation' || asked === null) return false;
  const toStop = new Set(
    deliveries.filter((delivery) => delivery.answers === stop.sid).map((delivery) => delivery.id),
  );
  return !outbound.some((message) => message.delivery !== null && toStop.has(message.delivery));
}

/** Whether the message is the question of a JOIN that came at the same time as the STOP and follows it in the ledger. */
function isAskedAnew({ holders }: WebKillEvidence, { cause, stop, asked }: Latecomer): boolean {
  if (cause?.class !== 'prompt' || asked === null || !isJoin(asked.body) || !wereAtOnce(asked, stop))
    return false;
  const acts = holders.find((holder) => holder.handset === stop.handset)?.acts ?? [];
  const seqs = (sid: string): number[] => acts.filter((act) => act.sid === sid).map(({ seq }) => seq);
  return seqs(stop.sid).length > 0 && Math.max(...seqs(stop.sid)) < Math.min(...seqs(asked.sid));
}

/** Whether each text began before the other was answered. */
function wereAtOnce(text: WebKillText, other: WebKillText): boolean {
  const isBefore = (a: WebKillText, b: WebKillText): boolean =>
    a.answeredAt !== null && a.answeredAt <= b.begunAt;
  return !isBefore(text, other) && !isBefore(other, text);
}

function unproven({ holders }: WebKillEvidence): number {
  return holders.flatMap(({ subscribed, confirmed }) =>
    subscribed.filter(
      (subscription) =>
        !confirmed.some((it) => it.program === subscription.program && it.seq === subscription.seq),
    ),
  ).length;
}

/** Counts texts whose ledger entries were written by more than one transaction. */
function effectsDoubled({ holders }: WebKillEvidence): number {
  const writings = new Map<string, Set<number>>();
  for (const { sid, recordedAt } of holders.flatMap((holder) => holder.acts)) {
    writings.set(sid, (writings.get(sid) ?? new Set()).add(recordedAt));
  }
  return [...writings.values()].filter((times) => times.size > 1).length;
}
