import type { Lane } from '../domain/sending/lanes.ts';
import type { Monotonic } from './gate.ts';

/** One message that needs a place. */
export type ConnectionTicket = {
  /** True where a place is free and nobody is before it in the line: it goes in this tick, or leaves the line. */
  mayGo: () => boolean;
  /** Stands in line until a place may be free, or so many ms have passed. */
  wait: (ms: number) => Promise<void>;
  /** Out of the line; whoever is first hears of it. */
  leave: () => void;
  /** It has the place: counted until `begun`. */
  take: () => void;
  begun: () => void;
};

/** The line of all senders of a process for the calls that may be under way at once. */
export type ConnectionQueue = {
  ask: (one: InLine) => ConnectionTicket;
  /** A call has ended. */
  freed: () => void;
  /** Whether a message of the sender stands in line, of the lanes that `which` picks. */
  waits: (sender: string, which?: (lane: Lane) => boolean) => boolean;
};

type Waiter = InLine & { wake: () => void };

const isWaiting = (
  waiting: ReadonlySet<Waiter>,
  sender: string,
  which: (lane: Lane) => boolean = () => true,
) => [...waiting].some((one) => one.sender === sender && which(one.lane));

/** `free`: calls that may begin now. */
export function createConnectionQueue(free: () => number): ConnectionQueue {
  const waiting = new Set<Waiter>();
  const served = new Map<string, number>();
  let turns = 0;
  let promised = 0;
  const places = (): number => free() - promised;
  const freed = (): void => {
    if (places() > 0) inLine([...waiting], served)[0]?.wake();
  };
  const ask = (one: InLine): ConnectionTicket => {
    const me: Waiter = { ...one, wake: () => undefined };
    const leave = (): void => {
      if (waiting.delete(me)) freed();
    };
    return {
      mayGo: () => {
        if (places() <= 0) return false;
        if (waiting.size === 0) return true;
        return inLine([...new Set([...waiting, me])], served).indexOf(me) < places();
      },
      wait: (ms) =>
        new Promise((resolve) => {
          waiting.add(me);
          const timer = setTimeout(resolve, ms);
          me.wake = () => {
            clearTimeout(timer);
            resolve();
          };
        }),
      leave,
      take: () => {
        turns += 1;
        served.set(one.sender, turns);
        promised += 1;
        leave();
      },
      begun: () => {
        promised -= 1;
      },
    };
  };
  return { ask, freed, waits: (sender, which) => isWaiting(waiting, sender, which) };
}

/** One call under way. */
export type CallPermit = {
  /** The carrier took a message: the window may grow. */
  taken: () => void;
  /** The carrier has too many calls of ours: the window halves; `holdMs`: and nothing begins for so long. */
  slowDown: (holdMs: number) => void;
  /** The connection is free again. Once. */
  leave: () => void;
};

/** How many calls may be under way at once: one more for every window of messages taken, half after a 429 (AIMD). */
export type ConcurrencyWindow = {
  /** Calls that may begin now. */
  free: () => number;
  /** Until then nothing begins, whatever is free. */
  held: () => boolean;
  /** A place for one call; null where all connections are busy. */
  enter: () => CallPermit | null;
  size: () => number;
};

type WindowOptions = { connections: number; start: number; monotonic: Monotonic };

/** The window is never under one call, nor over the number of connections. */
export function createConcurrencyWindow({ connections, start, monotonic }: WindowOptions): ConcurrencyWindow {
  let size = Math.min(start, connections);
  let busy = 0;
  let taken = 0;
  let halvings = 0;
  let heldUntil = Number.NEGATIVE_INFINITY;
  const grow = (): void => {
    taken += 1;
    if (taken < size) return;
    taken = 0;
    size = Math.min(size + 1, connections);
  };
  // Calls begun before a halving were under way in the larger window: once a round trip is enough.
  const halve = (begunAt: number): void => {
    if (begunAt !== halvings) return;
    halvings += 1;
    taken = 0;
    size = Math.max(1, Math.floor(size / 2));
  };
  const held = (): boolean => monotonic() < heldUntil;
  return {
    size: () => size,
    held,
    free: () => (held() ? 0 : Math.max(0, size - busy)),
    enter: () => {
      if (busy >= connections) return null;
      busy += 1;
      const begunAt = halvings;
      return {
        taken: grow,
        slowDown: (holdMs) => {
          halve(begunAt);
          heldUntil = Math.max(heldUntil, monotonic() + holdMs);
        },
        leave: () => {
          busy -= 1;
        },
      };
    },
  };
}

/** A message that waits for a place at the carrier, whatever number it leaves from. */
export type InLine = { sender: string; lane: Lane };

/**
 * Whose turn it is when calls may begin again, first to last: answers, then what was ordered, then offers; among those of
 * one kind the sender that has waited longest for a place. `served`: a number for each sender, the higher the later it had one.
 */
export function inLine<T extends InLine>(waiting: readonly T[], served: ReadonlyMap<string, number>): T[] {
  const rank = ({ lane }: InLine): string => lane.slice(0, 1);
  const last = ({ sender }: InLine): number => served.get(sender) ?? 0;
  return waiting.toSorted((a, b) => rank(a).localeCompare(rank(b)) || last(a) - last(b));
}
