import type { Lane } from '../domain/sending/lanes.ts';
import { type Cleared, type HandOver, handOver, type Transport } from './gate.ts';
import type { Asked, Line } from './pacing/line.ts';

/** What lets the messages of one round go in time. */
export type Slots = {
  /** 0: the slots for a message of so many parts are taken, and it goes in this tick. More: ask again after so many ms. Null: none are left. */
  turn: (parts: number) => number | null;
};

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

export type Message = { cleared: Cleared; lane: Lane; parts: number };

/** `left`: messages that found no slot, or no connection in time. `ended` resolves when every hand-over has. */
export type LetGo = { left: Message[]; ended: Promise<unknown> };

/** Step (4): hands messages over one by one, none before its slot or without a free connection. */
export async function letGoInTurn(
  deps: InTurnDeps,
  messages: readonly Message[],
  slots: Slots,
): Promise<LetGo> {
  const flights: Promise<void>[] = [];
  for (const [at, message] of messages.entries()) {
    const place = await placeFor(deps, message, slots);
    if (place === null) return { left: messages.slice(at), ended: Promise.all(flights) };
    const flight = handOver([message.cleared], deps.carrier.transport).then((outcomes) => {
      for (const outcome of outcomes) deps.ended(outcome);
      deps.line.freed();
    });
    place.begun();
    flights.push(flight);
  }
  return { left: [], ended: Promise.all(flights) };
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
  return new Promise((resolve) => setTimeout(resolve, ms));
}
