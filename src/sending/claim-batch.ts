import { randomUUID } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import type { CapHit } from '../domain/caps/cap-rules.ts';
import { DAY_MS } from '../domain/durations.ts';
import { grouped } from '../domain/grouped.ts';
import { asksUnasked } from '../domain/hours/permitted-hours.ts';
import { hasNewHolder } from '../domain/hygiene/number-holder.ts';
import { numberOf } from '../domain/numbers.ts';
import { mustWait, ORDER_WAIT_MS } from '../domain/sending/answer-order.ts';
import { ANSWERS, type ClosedLanes, isOfJourney } from '../domain/sending/lanes.ts';
import { readAgainAt } from '../domain/sending/unknown-outcome.ts';
import { yieldingEach } from '../store/batching.ts';
import { heldBackByCampaign } from '../store/campaigns/messages.ts';
import { readBookVersion } from '../store/consent/programs.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import type { OpenContact } from '../store/contacts/open-contact.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { openContent } from '../store/deliveries/new-delivery.ts';
import {
  claimDeliveries,
  type DeferredDelivery,
  type Due,
  deferDeliveries,
  endRefused,
  openAnswers,
  type Refused,
  releaseDeliveries,
  TOLD_LATE_MS,
} from '../store/deliveries/queue.ts';
import { isClosed, type KeyRing } from '../store/sealing/keys.ts';
import { inSession, withTimeLimit } from '../store/transaction.ts';
import { type BackgroundRetries, retryUntilDeadline } from './background-retry.ts';
import type { Allowance } from './circuit-breaker.ts';
import type { ConnectionQueue } from './connection-queue.ts';
import {
  type CapReservation,
  type DailyCapDeps,
  reserveDailyCaps,
  returnReservations,
} from './daily-caps.ts';
import { type CapDeps, type Caps, readCaps } from './frequency-caps.ts';
import {
  CLAIM_LEASE_MS,
  type Cleared,
  clear,
  type Deadline,
  deadlineFrom,
  type HandOver,
  type Monotonic,
  type Transport,
} from './gate.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';
import { type Hold, quietHoursAt } from './quiet-hours.ts';
import type { RateLimiter } from './rate-limiter.ts';

export type ClaimDeps = CapDeps &
  DailyCapDeps & {
    ring: KeyRing;
    indexOf: (number: string) => string;
    now: () => Date;
    monotonic: Monotonic;
    /** Ms by which `now` is ahead of the database's clock; below 0 where it is behind. 0 where `now` may be right. */
    clockError: () => number;
    onError: (error: unknown, what: string) => void;
    /** Resolves once programs and senders are of this version of the program book, or of a newer one. */
    atLeast: (version: number) => Promise<void>;
    /** Wakes the loop that sends a sender's answers. */
    wakeAnswers: (sender: string) => void;
    /**
     * Retries writes about claimed deliveries in the background. Without the retry those deliveries would end as
     * `unknown`.
     */
    beside: BackgroundRetries;
  };

/**
 * Deliveries that may be sent, in the order in which they were requested. `reservation`: what each took of a
 * carrier's daily cap, if any.
 */
export type ClearedBatch = { row: DeliveryDoc; cleared: Cleared; reservation?: CapReservation | undefined }[];

export const partsOf = (ready: ClearedBatch): number =>
  ready.reduce((total, { row }) => total + row.parts, 0);

/** The result of claiming a batch. `lost`: deliveries that another worker claimed, or that were canceled meanwhile. */
export type Round = { ready: ClearedBatch; lost: number; unreadable: number };

/**
 * Delay before a delivery that its campaign withholds is claimed again, ms. By then the delivery may be rewritten, or
 * its lane is closed.
 */
const WITHHELD_MS = 5000;

/** Every process knows the program of a message this many ms after the message was planned. */
const PROGRAM_KNOWN_MS = 10_000;

/** Delay after a batch could not read its facts, or after a prompt met a wrong clock, ms. */
const FAILED_MS = 1000;

/** Delay before an answer that waits for an earlier one is claimed again, ms. */
const ORDER_LOOK_MS = 50;

/** How many ms early a timer may fire. */
const TIMERS_MS = 5;

/** How long a failed batch waits for the release of its claims, ms, before background retries take over. */
const RELEASE_MS = 1000;

/**
 * Claims some due deliveries, and only then reads the facts and decides.
 *
 * Claim before facts: an opt-out, or a change of the rules, either sees the claim and waits for it, or was committed
 * before the facts were read. Of two rivals for the last place under a cap, one sees the other (`readCaps`).
 *
 * Deliveries that may not be sent end as `skipped`. Those that quiet hours or a cap forbid now wait until they may be
 * sent. Where the facts cannot be read, nothing is sent: the claims are released, at once or in the background, and
 * the promise rejects.
 */
export async function claimBatch(deps: ClaimDeps, ids: string[]): Promise<Round> {
  const owner = randomUUID();
  const deadline = deadlineFrom(deps.monotonic(), deps.now());
  let claiming: Promise<unknown> = Promise.resolve();
  try {
    const { rows, ...facts } = await inSession(deps.store, async (session) => {
      const claim = claimDeliveries(deps.store, ids, { owner, leaseMs: CLAIM_LEASE_MS }, session);
      claiming = claim;
      const claimed = await claim;
      // kill point: after-claim
      await deps.atLeast(await readBookVersion(deps.store, session));
      const contacts = await findContacts(deps.store, contactIdsOf(claimed), session);
      const joined = await readJoined(deps.store, contacts, session);
      const holders = new Map(
        contacts.map((contact) => [
          contact._id,
          readable(deps, () => openJoined(deps.ring, contact, joined)),
        ]),
      );
      const bound = contacts.filter(({ _id }) => holders.get(_id) != null);
      const asking = { now: deps.now(), owner, others: joined.others, session };
      const caps = await readCaps(deps, claimed, new Map(bound.map((found) => [found._id, found])), asking);
      const withheld = await heldBackByCampaign(deps.store, claimed, session);
      const answers = await readOpenAnswers(deps, claimed, session);
      // kill point: after-read
      return { rows: claimed, caps, holders, withheld, answers };
    });
    const order = new Map(ids.map((id, at) => [id, at]));
    rows.sort((a, b) => (order.get(a._id) ?? 0) - (order.get(b._id) ?? 0));
    return await decideAll(deps, { rows, ...facts, owner, deadline, asked: ids.length });
  } catch (error) {
    const release = async (): Promise<void> => {
      // The claim may still take effect after it seemed to fail.
      await claiming.catch(() => undefined);
      await releaseDeliveries(deps.store, ids, owner, new Date(deps.now().getTime() + FAILED_MS));
    };
    await withTimeLimit(RELEASE_MS, release()).catch(() => releaseInBackground(deps, release, deadline));
    throw error;
  }
}

const contactIdsOf = (rows: readonly { contact: string }[]): string[] => [
  ...new Set(rows.map(({ contact }) => contact)),
];

/**
 * Retries the release of the claims in the background for as long as a release still counts: the cause of the failure
 * may last.
 */
function releaseInBackground(
  { beside, monotonic }: ClaimDeps,
  release: () => Promise<void>,
  deadline: Deadline,
): void {
  const giveUp = deadline.monotonic + TOLD_LATE_MS;
  const { stopping, pauseMs } = beside;
  const again = retryUntilDeadline(release, { stopping, pauseMs, monotonic, giveUp });
  beside.add(again, 'the claims of a failed batch could not be released');
}

type Claimed = {
  rows: DeliveryDoc[];
  /** By contact; null where the process has no keys to open the contact. */
  holders: Map<string, OpenContact | null | undefined>;
  caps: Caps;
  /**
   * By delivery, those that their campaign withholds: the campaign is paused or canceled, has another edition, or did
   * not record the delivery.
   */
  withheld: Awaited<ReturnType<typeof heldBackByCampaign>>;
  /** By contact, the open answers to the people whom this batch answers. */
  answers: ReadonlyMap<string, Awaited<ReturnType<typeof openAnswers>>>;
  owner: string;
  deadline: Deadline;
  asked: number;
};

async function readOpenAnswers(
  { store, now }: ClaimDeps,
  rows: readonly DeliveryDoc[],
  session: ClientSession,
): Promise<Claimed['answers']> {
  const contacts = rows.flatMap(({ lane, contact }) => (lane === ANSWERS ? [contact] : []));
  const until = new Date(now().getTime() + ORDER_WAIT_MS);
  return grouped(await openAnswers(store, contacts, until, session), ({ contact }) => contact);
}

async function decideAll(deps: ClaimDeps, claimed: Claimed): Promise<Round> {
  const now = deps.now();
  const ready: ClearedBatch = [];
  const refused: Refused[] = [];
  const held: DeferredDelivery[] = [];
  const unreadable: DeferredDelivery[] = [];
  const decide = createDecide(deps, claimed, now);
  const note = (row: DeliveryDoc, decision: ClaimDecision): void => {
    if ('cleared' in decision) ready.push({ row, cleared: decision.cleared });
    else if ('refused' in decision) refused.push(decision.refused);
    else if ('held' in decision) held.push(decision.held);
    else unreadable.push(decision.unreadable);
  };
  for await (const row of yieldingEach(claimed.rows)) note(row, decide(row));
  const { held: over, reservations } = await reserveDailyCaps(deps, withCarriers(ready, claimed), now);
  const waits = new Map(over.map((deferredDelivery) => [deferredDelivery.id, deferredDelivery]));
  for (const { row } of ready) {
    const deferred = waits.get(row._id);
    if (deferred !== undefined) note(row, deferUntil(row, deferred));
  }
  try {
    await endRefused(deps.store, refused, now);
    await deferDeliveries(deps.store, [...held, ...unreadable], claimed.owner);
  } catch (error) {
    await returnReservations(deps.store, reservations.values());
    throw error;
  }
  return {
    ready: ready
      .filter(({ row }) => !waits.has(row._id))
      .map((message) => ({ ...message, reservation: reservations.get(message.row._id) })),
    lost: claimed.asked - claimed.rows.length,
    unreadable: unreadable.length,
  };
}

const withCarriers = (ready: ClearedBatch, { holders }: Claimed) =>
  ready.map(({ row }) => ({ row, carrier: holders.get(row.contact)?.stored?.verified?.carrier ?? null }));

/**
 * Decides delivery by delivery: consent first, then quiet hours, then caps. A delivery that must wait takes no place
 * under a cap.
 */
function createDecide(deps: ClaimDeps, { holders, caps, withheld, answers, deadline }: Claimed, now: Date) {
  const hours = quietHoursAt(now);
  const off = deps.clockError();
  return (row: DeliveryDoc): ClaimDecision => {
    const withholding = withheld.get(row._id);
    if (withholding === 'over') return { refused: { row, reasons: ['too-late'] } };
    if (withholding === 'wait') return waitFor(row, WITHHELD_MS, now);
    if (isOutOfTurn(row, answers, now)) return waitInOrder(deps, row, now);
    // With a wrong clock, the process cannot tell whether quiet hours apply, nor whether the prompt is still valid.
    // The clock is read again once a second.
    if (off !== 0 && asksUnasked(row))
      return { held: { id: row._id, until: new Date(now.getTime() - off + FAILED_MS) } };
    const holder = holders.get(row.contact);
    const words = holder == null ? null : readable(deps, () => openContent(holder, row));
    if (holder === undefined || row.sealed === null) return { refused: { row, reasons: ['number-changed'] } };
    if (holder === null || words === null) return { unreadable: readAgain(row, now) };
    if (holder.stored !== null && hasNewHolder(holder.stored))
      return { refused: { row, reasons: ['number-changed'] } };
    const program = row.program === null ? null : deps.program(row.program);
    if (row.program !== null && program === null && isNew(row, now)) return waitFor(row, FAILED_MS, now);
    const bounds = readable(deps, () => hours(row, holder, program));
    if (bounds === null) return { unreadable: readAgain(row, now) };
    const free = bounds.hold === null ? bounds : null;
    const handling = deps.sender(row.sender)?.handling ?? null;
    const index = deps.indexOf(numberOf(words.to));
    const within = { hoursEnd: free?.until ?? null, where: free?.where };
    const facts = { person: holder.person, program, handling, index, now, ...within };
    const decision = clear(row, words, facts, deadline, deps);
    if ('refused' in decision) return { refused: { row, reasons: decision.refused } };
    if (bounds.hold !== null) return deferForHours(row, bounds.hold);
    const verdict = readable(deps, () => caps.verdict(row, () => words.to));
    if (verdict === null) return { unreadable: readAgain(row, now) };
    if (verdict.kind === 'capped') return deferForCap(row, verdict.hit, now);
    if (verdict.kind === 'contended') return { held: yieldToRival(row, verdict.rivals, now) };
    caps.took(row);
    return decision;
  };
}

/**
 * Whether an earlier answer to the same person may still be sent, by another process or from another of our numbers.
 */
function isOutOfTurn({ place = 0, ...row }: DeliveryDoc, answers: Claimed['answers'], now: Date): boolean {
  if (row.lane !== ANSWERS) return false;
  const otherAnswers = (answers.get(row.contact) ?? []).filter(({ _id }) => _id !== row._id);
  const placed = otherAnswers.map((answer) => ({ rev: answer.rev, place: answer.place ?? 0 }));
  return mustWait({ ...row, place }, placed, now);
}

const isNew = ({ createdAt }: DeliveryDoc, now: Date): boolean =>
  now.getTime() - createdAt.getTime() < PROGRAM_KNOWN_MS;

const waitFor = ({ _id: id }: DeliveryDoc, ms: number, now: Date): ClaimDecision => ({
  held: { id, until: new Date(now.getTime() + ms) },
});

function waitInOrder({ wakeAnswers }: ClaimDeps, row: DeliveryDoc, now: Date): ClaimDecision {
  setTimeout(wakeAnswers, ORDER_LOOK_MS + TIMERS_MS, row.sender);
  return waitFor(row, ORDER_LOOK_MS, now);
}

/**
 * Null where `open` throws. Errors other than missing keys are reported: one broken contact must not block the whole
 * batch.
 */
function readable<T>({ onError }: ClaimDeps, open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (!isClosed(error))
      onError(error, 'a contact or a message cannot be read, and missing keys are not the reason');
    return null;
  }
}

const readAgain = ({ _id: id, createdAt }: DeliveryDoc, now: Date): DeferredDelivery => ({
  id,
  until: readAgainAt(createdAt, now),
});

/** The decision about one delivery. */
type ClaimDecision =
  | { cleared: Cleared }
  | { refused: Refused }
  | { held: DeferredDelivery }
  | { unreadable: DeferredDelivery };

/** A delivery whose cap frees later is checked again at least this often, ms: the cap may have changed meanwhile. */
const CAP_LOOK_MS = DAY_MS;

/**
 * Delay of a delivery that gave way to a rival under a cap, ms: `from`, plus a random part of `more`. The delivery
 * with the lower id returns long before the others, and long after its batch has ended.
 */
const GAVE_WAY_MS = { lower: { from: 200, more: 300 }, other: { from: 2000, more: 3000 } };

/**
 * Quiet hours defer the delivery until they end. Where no permitted hour exists in the next days, the person's place
 * must be corrected first. A campaign does not stay open for that: its delivery is refused, and the campaign reports
 * who missed it. A journey's message is refused too, so that it does not pile up with later runs. A single message
 * waits.
 */
function deferForHours(row: DeliveryDoc, { until, by: heldBy, where: heldWhere }: Hold): ClaimDecision {
  const why = { heldBy, heldWhere };
  if (heldWhere.noHour && (row.campaign !== undefined || isOfJourney(row.lane)))
    return { refused: { row, reasons: ['quiet-hours'], ...why } };
  return deferUntil(row, { id: row._id, until, ...why });
}

/**
 * Defers the delivery. Refuses it where it expires before that time. Campaign deliveries wait all the same: an
 * operator may move the campaign's deadline, and a delivery that expires counts as missed. (A cap decides otherwise:
 * `deferForCap`.)
 */
function deferUntil(row: DeliveryDoc, held: DeferredDelivery): ClaimDecision {
  const { id: _, until, ...why } = held;
  const tooLong = row.campaign === undefined && row.validUntil !== undefined && row.validUntil <= until;
  return tooLong ? { refused: { row, reasons: ['too-late'], ...why } } : { held };
}

/** Defers the delivery until the cap frees. Refuses it, also for a campaign, where it must not wait or expires earlier. */
function deferForCap(row: DeliveryDoc, hit: CapHit, now: Date): ClaimDecision {
  const tooLong = row.validUntil !== undefined && row.validUntil <= hit.frees;
  if (row.ifCapped === 'skip' || tooLong) return { refused: { row, reasons: ['capped'], cappedBy: hit } };
  const until = new Date(Math.min(hit.frees.getTime(), now.getTime() + CAP_LOOK_MS));
  return { held: { id: row._id, until, cappedBy: hit } };
}

function yieldToRival({ _id: id }: DeliveryDoc, rivals: readonly string[], now: Date): DeferredDelivery {
  const { from, more } = rivals.every((rival) => id < rival) ? GAVE_WAY_MS.lower : GAVE_WAY_MS.other;
  return { id, until: new Date(now.getTime() + from + Math.random() * more) };
}

/** Whether other answers to the same person wait for this one. Confirmations of opt-outs take no part in that order. */
const isInOrder = ({ lane, class: messageClass }: Pick<Due, 'lane' | 'class'>): boolean =>
  lane === ANSWERS && messageClass !== 'opt-out-confirmation';

/** Marks the contacts of picked answers. No other answer to them starts until these have ended. */
export function beginAnswering({ answering }: DispatchDeps, rows: readonly Due[]): void {
  for (const row of rows) if (isInOrder(row)) answering.add(row.contact);
}

/** Unmarks the contacts of answers that are not sent now. */
export function stopAnswering({ answering }: DispatchDeps, rows: readonly Due[]): void {
  for (const row of rows) if (isInOrder(row)) answering.delete(row.contact);
}

/** An answer was sent or has ended. Unmarks its contact, so that the next answer to the same person may be sent. */
export function endAnswering(
  deps: DispatchDeps,
  row: Pick<DeliveryDoc, 'lane' | 'class' | 'contact' | 'sender'>,
): void {
  if (!isInOrder(row)) return;
  deps.answering.delete(row.contact);
  deps.wakeAnswers(row.sender);
}

export type DispatchDeps = ClaimDeps & {
  /** `held`: no call may start for now, however few are under way. */
  carrier: { transport: Transport; free: () => number; held: () => boolean };
  /** Shared by all senders of the process. */
  connectionQueue: ConnectionQueue;
  pace: RateLimiter;
  /**
   * How many deliveries the sender's circuit breaker allows now, and whether marketing may be among them. 0 calls
   * where the sender is stopped or paused, 1 for a trial after a pause.
   */
  allowance: (sender: string) => Promise<Allowance>;
  /**
   * Closed lanes: those of campaigns that are paused or over; all marketing while a spool must be read or the clock
   * is wrong.
   */
  closed: () => ClosedLanes;
  /**
   * Null where `closed` knows the current state of campaigns and journeys; else resolves once it does. Never rejects.
   */
  closedKnown: () => Promise<void> | null;
  outcomeRecorder: Pick<OutcomeRecorder, 'record'>;
  /** Contacts that this process is answering. */
  answering: Set<string>;
  /**
   * Handles a message that the carrier refused. The code may mean an opt-out that the carrier knew and we did not.
   * Calls `record` once. Called again where it rejected.
   */
  onRefused: (row: DeliveryDoc, code: string, record: () => Promise<void>) => Promise<void>;
  onOutcome: (outcome: HandOver) => void;
  onError: (error: unknown, line: string) => void;
};
