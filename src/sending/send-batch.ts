import type { Lane } from '../domain/sending/lanes.ts';
import { findInbound } from '../store/consent/inbound-texts.ts';
import { markPromptHandedOver } from '../store/contacts/prompts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { TOLD_LATE_MS } from '../store/deliveries/queue.ts';
import type { Store } from '../store/store.ts';
import { retryUntilDeadline } from './background-retry.ts';
import { type ClearedBatch, type DispatchDeps, endAnswering, partsOf } from './claim-batch.ts';
import type { ConnectionQueue, ConnectionTicket } from './connection-queue.ts';
import { type CapReservation, returnPlace } from './daily-caps.ts';
import { type Cleared, type HandOver, handOver, type Transport } from './gate.ts';
import { type PacedSender, type SlotGrant, wantedFor } from './rate-limiter.ts';

/** How long what is ready may wait for slots and for a free connection, ms; well below the lease. */
const READY_MS = 1000;

/** Steps (4) and (5): hands over, and records every answer as it comes. How many the carrier did not turn away, when all have settled. */
export async function sendBatch(
  deps: DispatchDeps,
  paced: PacedSender,
  ready: ClearedBatch,
  grant: SlotGrant,
): Promise<number> {
  const { carrier, line } = deps;
  const giveUp = deps.monotonic() + READY_MS;
  const over = (): boolean => deps.monotonic() >= giveUp;
  const flights: Promise<unknown>[] = [];
  const messages = new Map(ready.map((one) => [one.row._id, one]));
  let handed = 0;
  const ended = (outcome: HandOver): void => {
    if (outcome.result !== 'put-back') handed += 1;
    deps.onOutcome(outcome);
    const message = messages.get(outcome.delivery);
    recorded.push(settle(deps, outcome, message), giveBackPlace(deps, outcome, message?.place));
  };
  const unused = (given: Promise<void>): Promise<void> =>
    given.catch((error: unknown) => deps.onError(error, 'slots were not given back'));
  // What is ready does not wait for it: where the database is lost just now, its turn would pass.
  const recorded = [unused(grant.giveBack(grant.parts - partsOf(ready)))];
  let left = ready.map(({ row, cleared }): Message => ({ cleared, lane: row.lane, parts: row.parts }));
  let slots: SlotGrant | null = grant;
  while (slots !== null) {
    const gone = await sendInSlots({ carrier, line, ended, over }, left, slots);
    flights.push(gone.ended);
    left = gone.left;
    const rest = unused(slots.giveBackRest());
    recorded.push(rest);
    // What missed its slots may take them again, moved on, once they are free.
    if (left.length > 0) await rest;
    slots = await slotsAgain(deps, paced, left, giveUp);
  }
  for (const { cleared } of left) ended({ ...cleared.ref, ...TURN_PASSED });
  await Promise.all(flights);
  await Promise.all(recorded);
  return handed;
}

/** More slots for messages that were not ready when theirs came. Null where none are left, or none come in time. */
async function slotsAgain(
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

/** What is put back will be counted again as it is tried again. Never rejects: a place that is lost is one message too few. */
async function giveBackPlace(
  deps: DispatchDeps,
  { result }: HandOver,
  place: CapReservation | undefined,
): Promise<void> {
  if (result !== 'put-back' || place === undefined) return;
  await returnPlace(deps.store, place).catch((error: unknown) =>
    deps.onError(error, 'a place under a daily cap was not given back'),
  );
}

/**
 * Never rejects. What could not be recorded at once is told again `beside`, as long as it counts: whatever kept it from
 * being recorded may last. A row whose answer is lost all the same ends as `unknown`.
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
    const lost = 'an answer of the carrier could not be recorded';
    if (message === undefined) return deps.onError(error, lost);
    const { stopping, pauseMs } = beside;
    const giveUp = monotonic() + message.cleared.msLeft() + TOLD_LATE_MS;
    beside.add(retryUntilDeadline(tell, { stopping, pauseMs, monotonic, giveUp }), lost);
  }
}

/** To do it twice is to do it once. */
async function record(deps: DispatchDeps, outcome: HandOver, row: DeliveryDoc | undefined): Promise<void> {
  const settled = (): Promise<void> => deps.settler.record([outcome]);
  if (row !== undefined && outcome.result === 'refused') {
    if (!(await mayGoOnceMore(deps.store, row, outcome.code)))
      return deps.onRefused(row, outcome.code, settled);
    const why = 'the carrier had not lifted its block yet';
    const { delivery, epoch, decidedAt } = outcome;
    const back = { delivery, epoch, decidedAt, result: 'put-back' as const, why, afterMs: ONCE_MORE_MS };
    return deps.settler.record([{ ...back, triedAgain: true }]);
  }
  // A YES counts only from after its prompt left. First: a row that has ended is looked at by nobody who would note it.
  if (row !== undefined && outcome.result === 'accepted' && row.prompt !== null) {
    await markPromptHandedOver(deps.store, row.contact, row.prompt, outcome.begunAt, 'socket');
  }
  await settled();
}

/** The carrier's code for a person whom it blocks. Source: Twilio Docs, error 21610. */
const BLOCKED = '21610';

/** What is read of texts that lift a block of the carrier's, or ask for texts. */
const OPENING: ReadonlySet<string> = new Set(['start', 'join']);

/** How long the answer to such a text waits where the carrier still blocks its person, ms: it may be about to lift the block. */
const ONCE_MORE_MS = 5000;

/** Whether a refused answer is tried once more: the carrier may not have worked on the START or JOIN that it answers. */
async function mayGoOnceMore(store: Store, row: DeliveryDoc, code: string): Promise<boolean> {
  if (code !== BLOCKED || row.answers === null || row.triedAgain === true) return false;
  const [text] = await findInbound(store, [row.answers.sid]);
  return text !== undefined && OPENING.has(text.reading.kind);
}

/** What lets the messages of one round go in time. */
type Slots = Pick<SlotGrant, 'turn' | 'written' | 'dropped'>;

type InTurnDeps = {
  carrier: { transport: Transport };
  line: ConnectionQueue;
  /** Told of every message as its hand-over ends. */
  ended: (outcome: HandOver) => void;
  /** True once it is not worth waiting for a free connection any more: flags end, and the carrier may hold all calls for a minute. */
  over: () => boolean;
};

/** Between two looks where every connection is busy, ms; the end of a call wakes whoever is first in line. */
const LOOK_MS = 5;

/** Where no slots are left, calls that have written nothing yet are waited for so long, ms: they may need slots again too. */
const UNWRITTEN_MS = 100;

/** It goes back at once: the carrier had no part in it. */
const TURN_PASSED = { result: 'put-back', why: 'its turn had passed', afterMs: 0 } as const;

type Message = { cleared: Cleared; lane: Lane; parts: number };

/** `left`: messages that found no slot, or no connection in time. `ended` resolves when every hand-over has. */
type LetGo = { left: Message[]; ended: Promise<unknown> };

/**
 * Step (4): hands messages over one by one, none before its slot or without a free connection. A call may write long after
 * it began: where it had to connect, or the process was busy. What has missed its slots by then takes its turn again.
 */
async function sendInSlots(deps: InTurnDeps, messages: readonly Message[], slots: Slots): Promise<LetGo> {
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
    const place = await placeFor(deps, message, slots);
    if (place === null) {
      waiting.unshift(message);
      await Promise.race([Promise.all(unwritten), after(UNWRITTEN_MS)]);
      break;
    }
    const call = beginCall(deps, message, slots, again);
    place.begun();
    flights.push(call.ended);
    unwritten.add(call.written);
    void call.written.then(() => unwritten.delete(call.written));
  }
  closed = true;
  return { left: waiting, ended: Promise.all(flights) };
}

/** `written` resolves as soon as it writes, or ends without. */
type Call = { written: Promise<void>; ended: Promise<void> };

/** `again` takes a message that missed its slots, or says that it is too late for that. */
function beginCall(
  { carrier, ended, line }: InTurnDeps,
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
    line.freed();
  });
  void flight.finally(tell).catch(() => undefined);
  return { written, ended: flight };
}

/** A place at the carrier, and the slots for a message; null where none are left, or none come in time. */
async function placeFor(
  deps: InTurnDeps,
  { cleared, lane, parts }: Message,
  slots: Slots,
): Promise<ConnectionTicket | null> {
  const place = deps.line.ask({ sender: cleared.sender, lane });
  try {
    for (;;) {
      const mayGo = place.mayGo();
      if (!mayGo && deps.over()) return null;
      const ms = mayGo ? slots.turn(parts) : LOOK_MS;
      if (ms === null) return null;
      if (mayGo && ms === 0) {
        place.take();
        return place;
      }
      if (mayGo) await outOfLine(place, ms);
      else await place.wait(ms);
    }
  } finally {
    place.leave();
  }
}

/** Whose slot is yet to come keeps nobody from a free place. */
function outOfLine(place: ConnectionTicket, ms: number): Promise<void> {
  place.leave();
  return after(ms);
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
