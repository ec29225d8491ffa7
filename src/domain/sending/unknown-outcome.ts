import { HOUR_MS } from '../durations.ts';
import { ANSWERS, laneOf, type MessageClass } from './lanes.ts';
import { CONFIRM_WITHIN_MS } from './send-rules.ts';

/**
 * Deliveries with an unknown outcome: Twilio's message list is searched twice. Twilio's create call has no
 * idempotency key, and a list cannot prove that a message does not exist.
 */

/** One search of the message list. `found`: how many messages may be this one and belong to no other delivery. */
export type OutcomeSearch = { at: Date; epoch: number; found: number };

/** Searches per attempt: the list shows a message late. */
const LOOKS = 2;

/** Delay of the first search after the outcome became unknown, and between the two searches, ms. */
type SearchTimes = { first: number; between: number };

/** A person waits for an answer. */
export const ANSWER_SEARCHES: SearchTimes = { first: 15_000, between: 45_000 };
export const OTHER_SEARCHES: SearchTimes = { first: 0, between: 600_000 };

const searchesFor = (messageClass: MessageClass): SearchTimes =>
  laneOf(messageClass) === ANSWERS ? ANSWER_SEARCHES : OTHER_SEARCHES;

/**
 * Required answers: planned again when no trace of them was found, at the risk that the person gets one twice.
 * Source: CTIA Principles 5.1.3 (HELP); Twilio Help 223181928 (Canadian short codes).
 */
const REQUIRED: ReadonlySet<MessageClass> = new Set<MessageClass>(['help', 'required-answer']);

/**
 * Transactional messages may be planned again too, where the installation says so (`PLAN_AGAIN`). Everything else is
 * handed over at most once: another answer twice is noise, and a second prompt, or a second confirmation of one
 * opt-out, is not allowed. Where the list has no trace of a confirmation (`neverLeft`), the person's next STOP is
 * confirmed, because lasting silence is worse. Source: 47 CFR 64.1200(a)(12); CTIA 5.1.2.1, 5.1.3.
 */
export type AtLeastOnce = Partial<Record<Extract<MessageClass, 'transactional'>, boolean>>;
export const AT_LEAST_ONCE: AtLeastOnce = { transactional: false };

export type NextStep = { kind: 'look-again'; at: Date } | { kind: 'plan-again' } | { kind: 'final' };

/**
 * The step after the newest of `looks`, which found no single message. `extraSids`: messages that earlier attempts
 * made at the carrier.
 */
export function nextStep(
  row: { class: MessageClass; epoch: number; extraSids?: readonly string[] },
  looks: readonly OutcomeSearch[],
  policy: AtLeastOnce,
): NextStep {
  const now = looks.filter((look) => look.epoch === row.epoch);
  const last = now.at(-1);
  if (last === undefined || now.length < LOOKS) {
    return { kind: 'look-again', at: new Date((last?.at.getTime() ?? 0) + searchesFor(row.class).between) };
  }
  const isFirstCrash = now.length === looks.length;
  const noTrace = now.every((look) => look.found === 0);
  const hasLeft = (row.extraSids ?? []).length > 0;
  const isWanted =
    REQUIRED.has(row.class) || (row.class === 'transactional' && policy.transactional === true);
  return isWanted && !hasLeft && isFirstCrash && noTrace ? { kind: 'plan-again' } : { kind: 'final' };
}

/** The carrier's clock and ours may differ by this much, ms. The list has whole seconds. */
const CLOCKS_MS = 30_000;

/** One of our messages as Twilio's message list shows it. */
export type Listed = { sid: string; from: string | null; to: string; body: string; createdAt: Date };

/** A message that may have been handed over, and between which moments. */
export type Lost = { from: string; to: string; text: string; since: Date; until: Date };

/** The earliest time at which the message list can show the message. */
export const listedSince = ({ since }: Pick<Lost, 'since'>): Date => new Date(since.getTime() - CLOCKS_MS);

/** True where recipient, sender, text and time all match the message. */
export function couldBe(listed: Listed, lost: Lost): boolean {
  const { from, to, body, createdAt } = listed;
  const inTime = createdAt >= listedSince(lost) && createdAt.getTime() <= lost.until.getTime() + CLOCKS_MS;
  return inTime && to === lost.to && from === lost.from && body === lost.text;
}

/** True where two of our messages could be mistaken for each other in the list. */
export function areAlike(a: Lost, b: Lost): boolean {
  const apart = 2 * CLOCKS_MS;
  const inTime =
    a.since.getTime() <= b.until.getTime() + apart && b.since.getTime() <= a.until.getTime() + apart;
  return inTime && a.from === b.from && a.to === b.to && a.text === b.text;
}

/** The fields of a confirmation's delivery that show whether it was sent. */
export type Tried = {
  state: string;
  /** How often the delivery was claimed. */
  epoch: number;
  answers: { receivedAt: Date } | null;
  acceptedAt?: Date;
  carrierSid?: string;
  extraSids?: readonly string[];
  lookUpAt?: Date;
  lookups?: readonly OutcomeSearch[];
};

/**
 * True where the confirmation of an opt-out was not sent and never will be. It ended here; or it is still planned,
 * too late to be sent; or its outcome is unknown, and the list, searched to the end for its last attempt, has no
 * trace of it. Earlier attempts were provably not sent.
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

/**
 * True where the confirmation waits for a number from which its program sends nothing: the number is stopped, or
 * belongs to another program.
 */
export const isStranded = (row: Tried & { sender: string }, writes: (sender: string) => boolean): boolean =>
  row.state === 'planned' && !wasTaken(row) && !writes(row.sender);

const wasTaken = ({ acceptedAt, carrierSid, extraSids = [] }: Tried): boolean =>
  acceptedAt !== undefined || carrierSid !== undefined || extraSids.length > 0;

const wasSearched = ({ epoch, lookups = [] }: Tried): boolean => lookups.some((look) => look.epoch === epoch);

/** Bounds of the wait, ms. */
const AGAIN = { least: 60_000, most: HOUR_MS };

/**
 * When a message whose keys could not be opened is tried again: after as long as it has waited, within bounds. A
 * returned key thus sends it soon, and a lost key costs one try and one warning an hour.
 */
export function readAgainAt(createdAt: Date, now: Date): Date {
  const waited = now.getTime() - createdAt.getTime();
  return new Date(now.getTime() + Math.min(AGAIN.most, Math.max(AGAIN.least, waited)));
}
