import type { Monotonic } from '../gate.ts';

/** One call under way. */
export type Place = {
  /** The carrier took a message: the window may grow. */
  taken: () => void;
  /** The carrier has too many calls of ours: the window halves; `holdMs`: and nothing begins for so long. */
  slowDown: (holdMs: number) => void;
  /** The connection is free again. Once. */
  leave: () => void;
};

/** How many calls may be under way at once: one more for every window of messages taken, half after a 429 (AIMD). */
export type Window = {
  /** Calls that may begin now. */
  free: () => number;
  /** Until then nothing begins, whatever is free. */
  held: () => boolean;
  /** A place for one call; null where all connections are busy. */
  enter: () => Place | null;
  size: () => number;
};

export type WindowOptions = { connections: number; start: number; monotonic: Monotonic };

/** The window is never under one call, nor over the number of connections. */
export function createWindow({ connections, start, monotonic }: WindowOptions): Window {
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
