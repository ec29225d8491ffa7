import { type Cleared, type HandOver, handOver, type Transport } from './gate.ts';

/** What lets the messages of one round go in time. */
export type Slots = {
  /** 0: the slots for a message of so many segments are taken, and it goes in this tick. More: ask again after so many ms. Null: none are left. */
  turn: (segments: number) => number | null;
};

export type ReleaseDeps = {
  /** `free`: create calls that may begin now. */
  carrier: { transport: Transport; free: () => number };
  /** Told of every message as its hand-over ends. */
  ended: (outcome: HandOver) => void;
  /** True once it is not worth waiting for a free connection any more: flags end, and the carrier may hold all calls for a minute. */
  over: () => boolean;
};

/** Between two looks where every connection is busy, ms; an answer wakes it sooner. */
const LOOK_MS = 5;

export type Message = { cleared: Cleared; parts: number };

/** `left`: messages that found no slot, or no connection in time. `ended` resolves when every hand-over has. */
export type Released = { left: Message[]; ended: Promise<unknown> };

/** Step (4): hands messages over one by one, none before its slot or without a free connection. */
export async function release(
  deps: ReleaseDeps,
  messages: readonly Message[],
  slots: Slots,
): Promise<Released> {
  const flights: Promise<void>[] = [];
  let wake: () => void = () => undefined;
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const slotFor = async (segments: number): Promise<boolean> => {
    for (;;) {
      const busy = deps.carrier.free() <= 0;
      if (busy && deps.over()) return false;
      const wait = busy ? LOOK_MS : slots.turn(segments);
      if (wait === 0) return true;
      if (wait === null) return false;
      await rest(wait);
    }
  };
  for (const [at, { cleared, parts }] of messages.entries()) {
    if (!(await slotFor(parts))) return { left: messages.slice(at), ended: Promise.all(flights) };
    const flight = handOver([cleared], deps.carrier.transport).then((outcomes) => {
      for (const outcome of outcomes) deps.ended(outcome);
      wake();
    });
    flights.push(flight);
  }
  return { left: [], ended: Promise.all(flights) };
}
