import type { MessageClass } from './classes.ts';
import { ANSWERS, laneOf } from './lanes.ts';

/**
 * What becomes of a delivery that may have left: the carrier's message list is searched twice. The create call of
 * Twilio has no idempotency key, and a list cannot prove that a message does not exist.
 */

/** One search of the carrier's list: how many messages could be this one, none of them bound to another delivery. */
export type Look = { at: Date; epoch: number; found: number };

/** Searches for one attempt: the list shows a message late. */
const LOOKS = 2;

/** When the first search is made after nobody knows what became of a message, and how long before the second, ms. */
export type SearchTimes = { first: number; between: number };

/** Somebody waits for an answer. */
export const ANSWER_SEARCHES: SearchTimes = { first: 15_000, between: 45_000 };
export const OTHER_SEARCHES: SearchTimes = { first: 0, between: 600_000 };

const searchesFor = (of: MessageClass): SearchTimes =>
  laneOf(of) === ANSWERS ? ANSWER_SEARCHES : OTHER_SEARCHES;

/**
 * Answers that must not fail to come: planned once more when no trace of them was found, so that the person may get one twice.
 * Source: CTIA Principles 5.1.3 (HELP); Twilio Help 223181928 (Canadian short codes).
 */
const REQUIRED: ReadonlySet<MessageClass> = new Set<MessageClass>(['help', 'required-answer']);

/**
 * Orders may, where the installation says so (`PLAN_AGAIN`), be planned once more too. Everything else is handed over at most
 * once: another answer twice is noise, a second prompt is not allowed at all. Nor is a second confirmation of one opt-out; but
 * where the list has no trace of the first confirmation (`neverLeft`), the person's next STOP is confirmed: silence for good is
 * worse. Source: 47 CFR 64.1200(a)(12); CTIA 5.1.2.1, 5.1.3.
 */
export type AtLeastOnce = Partial<Record<Extract<MessageClass, 'transactional'>, boolean>>;
export const AT_LEAST_ONCE: AtLeastOnce = { transactional: false };

export type NextStep = { kind: 'look-again'; at: Date } | { kind: 'plan-again' } | { kind: 'final' };

/**
 * What follows the newest of `looks`, which found no single message. `extraSids`: what earlier attempts turned out to have
 * made at the carrier.
 */
export function nextStep(
  row: { class: MessageClass; epoch: number; extraSids?: readonly string[] },
  looks: readonly Look[],
  policy: AtLeastOnce,
): NextStep {
  const now = looks.filter((one) => one.epoch === row.epoch);
  const last = now.at(-1);
  if (last === undefined || now.length < LOOKS) {
    return { kind: 'look-again', at: new Date((last?.at.getTime() ?? 0) + searchesFor(row.class).between) };
  }
  const isFirstCrash = now.length === looks.length;
  const noTrace = now.every((one) => one.found === 0);
  const hasLeft = (row.extraSids ?? []).length > 0;
  const isWanted =
    REQUIRED.has(row.class) || (row.class === 'transactional' && policy.transactional === true);
  return isWanted && !hasLeft && isFirstCrash && noTrace ? { kind: 'plan-again' } : { kind: 'final' };
}

/** The carrier's clock and ours may differ by so much, ms; its list has whole seconds. */
const CLOCKS_MS = 30_000;

/** A message of ours as the carrier lists it. */
export type Listed = { sid: string; from: string | null; to: string; body: string; createdAt: Date };

/** What was handed over, if it was, and between which moments. */
export type Lost = { from: string; to: string; text: string; since: Date; until: Date };

/** From when on the carrier's list can hold it. */
export const listedSince = ({ since }: Pick<Lost, 'since'>): Date => new Date(since.getTime() - CLOCKS_MS);

/** True where recipient, sender, text and time are all those of the message. */
export function couldBe(listed: Listed, lost: Lost): boolean {
  const { from, to, body, createdAt } = listed;
  const inTime = createdAt >= listedSince(lost) && createdAt.getTime() <= lost.until.getTime() + CLOCKS_MS;
  return inTime && to === lost.to && from === lost.from && body === lost.text;
}

/** True where two messages of ours could be taken for each other in the list. */
export function areAlike(a: Lost, b: Lost): boolean {
  const apart = 2 * CLOCKS_MS;
  const inTime =
    a.since.getTime() <= b.until.getTime() + apart && b.since.getTime() <= a.until.getTime() + apart;
  return inTime && a.from === b.from && a.to === b.to && a.text === b.text;
}
