import type { Lane } from '../domain/sending/lanes.ts';
import type { Monotonic } from './gate.ts';

/** One message that needs a connection. */
export type ConnectionTicket = {
  /** True where a connection is free for this message: it starts in this tick, or leaves the line. */
  mayGo: () => boolean;
  /** Waits in line until a connection may be free, or `ms` have passed. */
  wait: (ms: number) => Promise<void>;
  /** Leaves the line, and wakes the first message in it. */
  leave: () => void;
  /** Reserves the connection until `begun`. */
  take: () => void;
  begun: () => void;
};

/** The line in which messages of all senders of a process wait for connections. */
export type ConnectionQueue = {
  ask: (request: ConnectionRequest) => ConnectionTicket;
  /** A call has ended. */
  freed: () => void;
  /** Whether a message of the sender waits in line; `which` selects lanes. */
  waits: (sender: string, ofLane?: (lane: Lane) => boolean) => boolean;
};

type Waiter = ConnectionRequest & { wake: () => void };

const isWaiting = (
  waiting: ReadonlySet<Waiter>,
  sender: string,
  ofLane: (lane: Lane) => boolean = () => true,
) => [...waiting].some((waiter) => waiter.sender === sender && ofLane(waiter.lane));

/** `free`: calls that may start now. */
export function createConnectionQueue(free: () => number): ConnectionQueue {
  const waiting = new Set<Waiter>();
  const served = new Map<string, number>();
  let turns = 0;
  let promised = 0;
  const freePlaces = (): number => free() - promised;
  const freed = (): void => {
    if (freePlaces() > 0) inQueueOrder([...waiting], served)[0]?.wake();
  };
  const ask = (request: ConnectionRequest): ConnectionTicket => {
    const waiter: Waiter = { ...request, wake: () => undefined };
    const leave = (): void => {
      if (waiting.delete(waiter)) freed();
    };
    return {
      mayGo: () => {
        if (freePlaces() <= 0) return false;
        if (waiting.size === 0) return true;
        return inQueueOrder([...new Set([...waiting, waiter])], served).indexOf(waiter) < freePlaces();
      },
      wait: (ms) =>
        new Promise((resolve) => {
          waiting.add(waiter);
          const timer = setTimeout(resolve, ms);
          waiter.wake = () => {
            clearTimeout(timer);
            resolve();
          };
        }),
      leave,
      take: () => {
        turns += 1;
        served.set(request.sender, turns);
        promised += 1;
        leave();
      },
      begun: () => {
        promised -= 1;
      },
    };
  };
  return { ask, freed, waits: (sender, ofLane) => isWaiting(waiting, sender, ofLane) };
}

/** One call under way. */
export type CallPermit = {
  /** The carrier took a message: the window may grow. */
  taken: () => void;
  /** The carrier reports too many calls: the window halves, and no call starts for `holdMs`. */
  slowDown: (holdMs: number) => void;
  /** Frees the connection. Called once. */
  leave: () => void;
};

/**
 * Limits how many calls may be under way at once: one more for every window of accepted messages, half after a 429
 * (AIMD).
 */
export type ConcurrencyWindow = {
  /** Calls that may start now. */
  free: () => number;
  /** True while no call may start, whatever is free. */
  held: () => boolean;
  /** A permit for one call; null where all connections are busy. */
  enter: () => CallPermit | null;
  size: () => number;
};

type WindowOptions = { connections: number; start: number; monotonic: Monotonic };

/** The window is never smaller than one call, nor larger than the number of connections. */
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
  // Calls that started before a halving belong to the larger window. Halving once per round trip is enough.
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

/** A message that waits for a connection, whatever number it is sent from. */
export type ConnectionRequest = { sender: string; lane: Lane };

/**
 * The order in which waiting messages get connections: answers, then transactional messages, then marketing; within a
 * kind, the sender that has waited longest. `served`: a number for each sender, higher the later it was served.
 */
export function inQueueOrder<T extends ConnectionRequest>(
  waiting: readonly T[],
  served: ReadonlyMap<string, number>,
): T[] {
  const rank = ({ lane }: ConnectionRequest): string => lane.slice(0, 1);
  const last = ({ sender }: ConnectionRequest): number => served.get(sender) ?? 0;
  return waiting.toSorted((a, b) => rank(a).localeCompare(rank(b)) || last(a) - last(b));
}
