import { isJoin, isStop } from './conversations.ts';
import type { Delivery, Evidence, Outbound, Text } from './evidence.ts';

/** Each must be zero. */
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
  silenceWithoutReason: number;
};

/** States that say why a planned answer did not reach the handset. */
const EXPLAINED = ['unknown', 'expired', 'skipped', 'canceled', 'failed', 'undelivered'];

/** Compares what the carrier saw with what the database says. */
export function reconcile(evidence: Evidence): Violations {
  const recorded = new Set(evidence.inbound.map((one) => one.sid));
  return {
    textsLost: evidence.texts.filter((text) => !recorded.has(text.sid)).length,
    textsAnsweredTwice: answeredTwice(evidence),
    chainsBroken: evidence.chainFaults + evidence.strayEntries,
    stopsNotHonoured: stopsNotHonoured(evidence),
    messagesAfterStop: latecomers(evidence).length,
    subscribedWithoutConfirmation: unproven(evidence),
    deliveriesLeftOpen: evidence.deliveries.filter((one) => one.open).length,
    effectsDoubled: effectsDoubled(evidence),
    messagesFromNowhere: evidence.outbound.filter((one) => causeOf(evidence, one.delivery) === null).length,
    silenceWithoutReason: unanswered(evidence).filter((one) => !EXPLAINED.includes(one.state)).length,
  };
}

/** Planned answers that no handset got. */
export function unanswered({ outbound, deliveries }: Evidence): Delivery[] {
  const gone = new Set(outbound.map((one) => one.delivery));
  return deliveries.filter((one) => one.answers !== null && !gone.has(one.id));
}

function causeOf({ deliveries }: Evidence, delivery: string | null): Delivery | null {
  return deliveries.find((one) => one.id === delivery && one.answers !== null) ?? null;
}

/** Texts that more than one message answers; the conversations hold none that may have two. */
function answeredTwice(evidence: Evidence): number {
  const counts = new Map<string, number>();
  for (const { delivery } of evidence.outbound) {
    const sid = causeOf(evidence, delivery)?.answers;
    if (sid != null) counts.set(sid, (counts.get(sid) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count > 1).length;
}

/** Handsets whose last wish was to be left alone, and who are not: nothing but a later JOIN can lead out of it. */
function stopsNotHonoured({ texts, holders }: Evidence): number {
  const last = new Map<string, boolean>();
  for (const { handset, body } of texts) {
    if (isStop(body)) last.set(handset, true);
    else if (isJoin(body)) last.set(handset, false);
  }
  const suppressed = new Set(holders.filter((one) => one.suppressed).map((one) => one.handset));
  return [...last].filter(([handset, wish]) => wish && !suppressed.has(handset)).length;
}

/** A message that began after a STOP's answer, and by how long. */
export type Latecomer = { message: Outbound; stop: Text; cause: Delivery | null; asked: Text | null };

/**
 * Messages that began after a STOP's answer, but for HELP, that answer itself, answers to texts from after it, and
 * what texts under way at the same time may get: two such exchanges have no order but the one that the ledger gives
 * them. A spooled STOP was answered with silence, which promises nothing yet.
 */
export function latecomers(evidence: Evidence): Latecomer[] {
  const spooled = new Set(evidence.inbound.filter((one) => one.door === 'spool').map((one) => one.sid));
  const stops = evidence.texts.filter((text) => isStop(text.body) && !spooled.has(text.sid));
  const texts = new Map(evidence.texts.map((text) => [text.sid, text]));
  return evidence.outbound.flatMap((message) => {
    const cause = causeOf(evidence, message.delivery);
    if (cause?.class === 'help') return [];
    const asked = texts.get(cause?.answers ?? '') ?? null;
    const late = { message, cause, asked };
    const stop = stops.find(
      (one) =>
        one.handset === message.handset &&
        wasLeft(one, message.at, asked) &&
        !isTheOneConfirmation(evidence, { ...late, stop: one }) &&
        !isAskedAnew(evidence, { ...late, stop: one }),
    );
    return stop === undefined ? [] : [{ ...late, stop }];
  });
}

function wasLeft(stop: Text, at: bigint, asked: Text | null): boolean {
  if (stop.answeredAt === null || at <= stop.answeredAt || asked?.sid === stop.sid) return false;
  return asked === null || asked.begunAt < stop.answeredAt;
}

/**
 * Of two STOPs at once, one is confirmed; it may be the one that is answered last. One whose process was killed is taken out of
 * the carrier's list at a time of its own, and so may be at once with whichever came after it.
 */
function isTheOneConfirmation(
  { inbound, outbound, deliveries }: Evidence,
  { cause, stop, asked }: Latecomer,
): boolean {
  if (cause?.class !== 'opt-out-confirmation' || asked === null) return false;
  const isListed = inbound.some((one) => one.sid === asked.sid && one.door === 'list');
  if (!isListed && !wereAtOnce(asked, stop)) return false;
  const toStop = new Set(deliveries.filter((one) => one.answers === stop.sid).map((one) => one.id));
  return !outbound.some((one) => one.delivery !== null && toStop.has(one.delivery));
}

/** The question to a JOIN that was under way beside the STOP, and that the ledger has behind it. */
function isAskedAnew({ holders }: Evidence, { cause, stop, asked }: Latecomer): boolean {
  if (cause?.class !== 'prompt' || asked === null || !isJoin(asked.body) || !wereAtOnce(asked, stop))
    return false;
  const acts = holders.find((one) => one.handset === stop.handset)?.acts ?? [];
  const seqs = (sid: string): number[] => acts.filter((one) => one.sid === sid).map(({ seq }) => seq);
  return seqs(stop.sid).length > 0 && Math.max(...seqs(stop.sid)) < Math.min(...seqs(asked.sid));
}

/** Each began before the other was answered. */
function wereAtOnce(one: Text, other: Text): boolean {
  const isBefore = (a: Text, b: Text): boolean => a.answeredAt !== null && a.answeredAt <= b.begunAt;
  return !isBefore(one, other) && !isBefore(other, one);
}

function unproven({ holders }: Evidence): number {
  return holders.flatMap(({ subscribed, confirmed }) =>
    subscribed.filter((one) => !confirmed.some((it) => it.program === one.program && it.seq === one.seq)),
  ).length;
}

/** Texts whose ledger entries were written by more than one transaction. */
function effectsDoubled({ holders }: Evidence): number {
  const writings = new Map<string, Set<number>>();
  for (const { sid, recordedAt } of holders.flatMap((one) => one.acts)) {
    writings.set(sid, (writings.get(sid) ?? new Set()).add(recordedAt));
  }
  return [...writings.values()].filter((times) => times.size > 1).length;
}
