import { HOUR_MS } from '../durations.ts';
import { ANSWERS, laneOf, type MessageClass } from './lanes.ts';
import { CONFIRM_WITHIN_MS } from './send-rules.ts';

/**
 * What becomes of a delivery that may have left: the carrier's message list is searched twice. The create call of
 * Twilio has no idempotency key, and a list cannot prove that a message does not exist.
 */

/** One search of the carrier's list: how many messages could be this one, none of them bound to another delivery. */
export type Look = { at: Date; epoch: number; found: number };

/** Searches for one attempt: the list shows a message late. */
const LOOKS = 2;

/** When the first search is made after nobody knows what became of a message, and how long before the second, ms. */
type SearchTimes = { first: number; between: number };

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

/** What the row of a confirmation says of whether it left. */
export type Tried = {
  state: string;
  /** How often it was claimed. */
  epoch: number;
  answers: { receivedAt: Date } | null;
  acceptedAt?: Date;
  carrierSid?: string;
  extraSids?: readonly string[];
  lookUpAt?: Date;
  lookups?: readonly Look[];
};

/**
 * True where the confirmation of an opt-out did not leave and will not: it ended here, is still planned too late to go, or
 * is unknown and the carrier's list, searched to the end for its last attempt, has no trace of it: what was tried before had
 * provably not left.
 */
export function neverLeft(row: Tried, now: Date): boolean {
  const { lookUpAt, lookups = [] } = row;
  if (wasTaken(row)) return false;
  switch (row.state) {
    case 'skipped':
    case 'canceled':
    case 'expired':
    case 'failed':
      return true;
    case 'planned':
      return row.answers !== null && now.getTime() - row.answers.receivedAt.getTime() > CONFIRM_WITHIN_MS;
    case 'unknown':
      return lookUpAt === undefined && wasSearched(row) && lookups.every(({ found }) => found === 0);
    default:
      return false;
  }
}

/** True where it waits for a number of ours from which nothing of its program leaves: it is stopped, or another program's. */
export const isStranded = (row: Tried & { sender: string }, writes: (sender: string) => boolean): boolean =>
  row.state === 'planned' && !wasTaken(row) && !writes(row.sender);

const wasTaken = ({ acceptedAt, carrierSid, extraSids = [] }: Tried): boolean =>
  acceptedAt !== undefined || carrierSid !== undefined || extraSids.length > 0;

const wasSearched = ({ epoch, lookups = [] }: Tried): boolean => lookups.some((look) => look.epoch === epoch);

/** Ms. */
const AGAIN = { least: 60_000, most: HOUR_MS };

/**
 * When a message whose keys could not be opened is looked at again: after as long as it has waited, within bounds. Where
 * its key came back it goes soon; where none ever does it is looked at, and told of, once an hour.
 */
export function readAgainAt(createdAt: Date, now: Date): Date {
  const waited = now.getTime() - createdAt.getTime();
  return new Date(now.getTime() + Math.min(AGAIN.most, Math.max(AGAIN.least, waited)));
}
