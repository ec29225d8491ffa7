import type { Lane } from '../domain/sending/lanes.ts';
import { findInbound } from '../store/consent/inbound-texts.ts';
import { markPromptHandedOver } from '../store/contacts/prompts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { TOLD_LATE_MS } from '../store/deliveries/queue.ts';
import type { Store } from '../store/store.ts';
import { retryUntilDeadline } from './background-retry.ts';
import { type ClearedBatch, type DispatchDeps, endAnswering, partsOf } from './claim-batch.ts';
import type { ConnectionQueue, ConnectionTicket } from './connection-queue.ts';
import { type CapReservation, returnReservation } from './daily-caps.ts';
import { type Cleared, type HandOver, handOver, type Transport } from './gate.ts';
import { type PacedSender, type SlotGrant, wantedFor } from './rate-limiter.ts';

/** How long a ready message may wait for slots and a free connection, ms. Well below the lease. */
const READY_MS = 1000;

/**
 * Hands claimed messages over and records every outcome as it arrives. Resolves when all have settled, to the number
 * of messages that the carrier did not reject.
 */
export async function sendBatch(
  deps: DispatchDeps,
  paced: PacedSender,
  ready: ClearedBatch,
  grant: SlotGrant,
): Promise<number> {
  const { carrier, connectionQueue } = deps;
  const giveUp = deps.monotonic() + READY_MS;
  const over = (): boolean => deps.monotonic() >= giveUp;
  const flights: Promise<unknown>[] = [];
  const messages = new Map(ready.map((message) => [message.row._id, message]));
  let handed = 0;
  const ended = (outcome: HandOver): void => {
    if (outcome.result !== 'put-back') handed += 1;
    deps.onOutcome(outcome);
    const message = messages.get(outcome.delivery);
    recorded.push(settle(deps, outcome, message), returnUnused(deps, outcome, message?.reservation));
  };
  const unused = (given: Promise<void>): Promise<void> =>
    given.catch((error: unknown) => deps.onError(error, 'unused slots could not be returned'));
  // Ready messages do not wait for this write: while the database does not answer, their turn would pass.
  const recorded = [unused(grant.giveBack(grant.parts - partsOf(ready)))];
  let left = ready.map(({ row, cleared }): Message => ({ cleared, lane: row.lane, parts: row.parts }));
  let slots: SlotGrant | null = grant;
  while (slots !== null) {
    const gone = await sendInSlots({ carrier, connectionQueue, ended, over }, left, slots);
    flights.push(gone.ended);
    left = gone.left;
    const rest = unused(slots.giveBackRest());
    recorded.push(rest);
    // Messages that missed their slots may take the same slots again, moved to a later time, once these are returned.
    if (left.length > 0) await rest;
    slots = await renewSlots(deps, paced, left, giveUp);
  }
  for (const { cleared } of left) ended({ ...cleared.ref, ...TURN_PASSED });
  await Promise.all(flights);
  await Promise.all(recorded);
  return handed;
}

/** Takes more slots for messages that missed theirs. Null where no messages are left, or no slots come in time. */
async function renewSlots(
  deps: DispatchDeps,
  paced: PacedSender,
  left: readonly Message[],
  giveUp: number,
): Promise<SlotGrant | null> {
  const wanted = wantedFor(left, 0);
  while (left.length > 0 && deps.monotonic() < giveUp) {
    const grant = await deps.pace.take(paced, wanted).catch(() => null);
    if (grant !== null) return grant;
    const ms = Math.min(deps.pace.retryAfter(paced), giveUp - deps.monotonic());
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)));
  }
  return null;
}

/**
 * Returns the daily cap's place of a message that is put back: the next attempt takes a place again. Never rejects; a
 * lost place costs one message of the cap.
 */
async function returnUnused(
  deps: DispatchDeps,
  { result }: HandOver,
  reservation: CapReservation | undefined,
): Promise<void> {
  if (result !== 'put-back' || reservation === undefined) return;
  await returnReservation(deps.store, reservation).catch((error: unknown) =>
    deps.onError(error, 'a reservation under a daily cap could not be returned'),
  );
}

/**
 * Records an outcome. Never rejects. Background retries repeat a failed write for as long as the outcome matters,
 * because the cause may last. A delivery whose outcome is lost all the same ends as `unknown`.
 */
async function settle(
  deps: DispatchDeps,
  outcome: HandOver,
  message: ClearedBatch[number] | undefined,
): Promise<void> {
  const { beside, monotonic } = deps;
  const tell = (): Promise<void> => record(deps, outcome, message?.row);
  try {
    await tell().finally(() => message && endAnswering(deps, message.row));
  } catch (error) {
    const lost = 'the outcome of a message could not be recorded; it becomes unknown when its lease ends';
    if (message === undefined) return deps.onError(error, lost);
    const { stopping, pauseMs } = beside;
    const giveUp = monotonic() + message.cleared.msLeft() + TOLD_LATE_MS;
    beside.add(retryUntilDeadline(tell, { stopping, pauseMs, monotonic, giveUp }), lost);
  }
}

/** Idempotent. */
async function record(deps: DispatchDeps, outcome: HandOver, row: DeliveryDoc | undefined): Promise<void> {
  const settled = (): Promise<void> => deps.outcomeRecorder.record([outcome]);
  if (row !== undefined && outcome.result === 'refused') {
    if (!(await mayRetryOnce(deps.store, row, outcome.code)))
      return deps.onRefused(row, outcome.code, settled);
    const why = 'the carrier had not lifted its block yet';
    const { delivery, epoch, decidedAt } = outcome;
    const back = { delivery, epoch, decidedAt, result: 'put-back' as const, why, afterMs: RETRY_ONCE_MS };
    return deps.outcomeRecorder.record([{ ...back, triedAgain: true }]);
  }
  // A YES counts only once its prompt was sent. This write comes first: after the delivery has ended, nothing would
  // repeat it.
  if (row !== undefined && outcome.result === 'accepted' && row.prompt !== null) {
    await markPromptHandedOver(deps.store, row.contact, row.prompt, outcome.begunAt, 'socket');
  }
  await settled();
}

/** Twilio's code for a person whom the carrier blocks. Source: Twilio Docs, error 21610. */
const BLOCKED = '21610';

/** Readings of texts that lift the carrier's block, or that ask for texts. */
const OPENING: ReadonlySet<string> = new Set(['start', 'join']);

/**
 * Delay before such an answer is tried again while the carrier still blocks the person, ms. The carrier may be about
 * to lift the block.
 */
const RETRY_ONCE_MS = 5000;

/**
 * Whether a refused answer is tried once more. The carrier may not have handled the START or JOIN yet that the
 * message answers.
 */
async function mayRetryOnce(store: Store, row: DeliveryDoc, code: string): Promise<boolean> {
  if (code !== BLOCKED || row.answers === null || row.triedAgain === true) return false;
  const [text] = await findInbound(store, [row.answers.sid]);
  return text !== undefined && OPENING.has(text.reading.kind);
}

/** The slots of the messages of one batch. */
type Slots = Pick<SlotGrant, 'turn' | 'written' | 'dropped'>;

type InTurnDeps = {
  carrier: { transport: Transport };
  connectionQueue: ConnectionQueue;
  /** Called for every message when its hand-over ends. */
  ended: (outcome: HandOver) => void;
  /**
   * True once messages should no longer wait for a free connection: leases end, and the carrier may block all calls
   * for a minute.
   */
  over: () => boolean;
};

/** How often a message checks for a free connection, ms. The end of a call also wakes the first message in line. */
const LOOK_MS = 5;

/** Where no slots are left, how long to wait for calls that have not written yet, ms: they may need new slots too. */
const UNWRITTEN_MS = 100;

/** The message is put back at once: the carrier never saw it. */
const TURN_PASSED = { result: 'put-back', why: 'its turn had passed', afterMs: 0 } as const;

type Message = { cleared: Cleared; lane: Lane; parts: number };

/** `left`: messages that found no slot, or no connection in time. `ended` resolves when every hand-over has ended. */
type SentBatch = { left: Message[]; ended: Promise<unknown> };

/**
 * Hands messages over one by one, each in its slot and on a free connection. A call may write long after it started,
 * because it had to connect or because the process was busy. A message that missed its slots by then asks for a turn
 * again.
 */
async function sendInSlots(deps: InTurnDeps, messages: readonly Message[], slots: Slots): Promise<SentBatch> {
  const waiting = [...messages];
  const flights: Promise<void>[] = [];
  const unwritten = new Set<Promise<void>>();
  let closed = false;
  const again = (message: Message): boolean => {
    if (!closed) waiting.unshift(message);
    return !closed;
  };
  for (;;) {
    const message = waiting.shift();
    if (message === undefined) {
      if (unwritten.size === 0) break;
      await Promise.race(unwritten);
      continue;
    }
    const ticket = await waitForConnection(deps, message, slots);
    if (ticket === null) {
      waiting.unshift(message);
      await Promise.race([Promise.all(unwritten), after(UNWRITTEN_MS)]);
      break;
    }
    const call = beginCall(deps, message, slots, again);
    ticket.begun();
    flights.push(call.ended);
    unwritten.add(call.written);
    void call.written.then(() => unwritten.delete(call.written));
  }
  closed = true;
  return { left: waiting, ended: Promise.all(flights) };
}

/** `written` resolves when the call writes to the socket, or ends without writing. */
type Call = { written: Promise<void>; ended: Promise<void> };

/** `again` queues a message that missed its slots; false where this is too late. */
function beginCall(
  { carrier, ended, connectionQueue }: InTurnDeps,
  message: Message,
  slots: Slots,
  again: (message: Message) => boolean,
): Call {
  const { cleared, parts } = message;
  let isWritten: boolean | null = null;
  let tell = (): void => undefined;
  const written = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const mayWrite = (): boolean => {
    const isInTime = slots.written(parts);
    isWritten = isInTime;
    if (isInTime) tell();
    return isInTime;
  };
  const missed = (): void => {
    if (!again(message)) ended({ ...cleared.ref, ...TURN_PASSED });
  };
  const flight = handOver([cleared], carrier.transport, mayWrite).then((outcomes) => {
    if (isWritten === null) slots.dropped(parts);
    if (isWritten === false) missed();
    else for (const outcome of outcomes) ended(outcome);
    connectionQueue.freed();
  });
  void flight.finally(tell).catch(() => undefined);
  return { written, ended: flight };
}

/** Waits for a connection and slots for a message. Null where no slots are left, or no connection comes in time. */
async function waitForConnection(
  deps: InTurnDeps,
  { cleared, lane, parts }: Message,
  slots: Slots,
): Promise<ConnectionTicket | null> {
  const ticket = deps.connectionQueue.ask({ sender: cleared.sender, lane });
  try {
    for (;;) {
      const mayGo = ticket.mayGo();
      if (!mayGo && deps.over()) return null;
      const ms = mayGo ? slots.turn(parts) : LOOK_MS;
      if (ms === null) return null;
      if (mayGo && ms === 0) {
        ticket.take();
        return ticket;
      }
      if (mayGo) await waitOutsideQueue(ticket, ms);
      else await ticket.wait(ms);
    }
  } finally {
    ticket.leave();
  }
}

/** A message whose slot is still to come leaves the line, so that it blocks no free connection. */
function waitOutsideQueue(ticket: ConnectionTicket, ms: number): Promise<void> {
  ticket.leave();
  return after(ms);
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
