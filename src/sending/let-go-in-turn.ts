import type { Lane } from '../domain/sending/lanes.ts';
import { type Cleared, type HandOver, handOver, type Transport } from './gate.ts';
import type { Grant } from './pacing/grant.ts';
import type { Asked, Line } from './pacing/line.ts';

/** What lets the messages of one round go in time. */
export type Slots = Pick<Grant, 'turn' | 'written' | 'dropped'>;

export type InTurnDeps = {
  carrier: { transport: Transport };
  line: Line;
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
export const TURN_PASSED = { result: 'put-back', why: 'its turn had passed', afterMs: 0 } as const;

export type Message = { cleared: Cleared; lane: Lane; parts: number };

/** `left`: messages that found no slot, or no connection in time. `ended` resolves when every hand-over has. */
export type LetGo = { left: Message[]; ended: Promise<unknown> };

/**
 * Step (4): hands messages over one by one, none before its slot or without a free connection. A call may write long after
 * it began: where it had to connect, or the process was busy. What has missed its slots by then takes its turn again.
 */
export async function letGoInTurn(
  deps: InTurnDeps,
  messages: readonly Message[],
  slots: Slots,
): Promise<LetGo> {
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
): Promise<Asked | null> {
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
function outOfLine(place: Asked, ms: number): Promise<void> {
  place.leave();
  return after(ms);
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
