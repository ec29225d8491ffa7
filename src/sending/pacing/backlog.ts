import { partsAtCarrier } from '../../store/senders/pace.ts';
import type { Store } from '../../store/store.ts';

/** How long a look stands, ms. */
const STANDS_MS = 500;

/**
 * Seconds of a sender's traffic that may wait at the carrier when more is let go. What one look does not see yet,
 * those 500 ms and the 250 ms of slots ahead, stays within the five seconds that a STOP may find there of a minute's messages.
 */
const WAITING_S = 4;

export type Backlog = {
  /** How many more parts the carrier may get now; at least those of the `first` message where nothing waits there. */
  room: (sender: { number: string; rate: number }, first: number) => Promise<number>;
};

/** Looks at what waits at the carrier, at most twice a second and sender. Rejects where the database cannot tell. */
export function createBacklog(deps: { store: Store; monotonic: () => number }): Backlog {
  const looks = new Map<string, { at: number; parts: Promise<number> }>();
  const waiting = ({ number, rate }: { number: string; rate: number }): Promise<number> => {
    const known = looks.get(number);
    if (known !== undefined && deps.monotonic() - known.at < STANDS_MS) return known.parts;
    const parts = partsAtCarrier(deps.store, number, Math.ceil(WAITING_S * rate));
    looks.set(number, { at: deps.monotonic(), parts });
    parts.catch(() => looks.delete(number));
    return parts;
  };
  return {
    room: async (sender, first) => {
      const most = Math.floor(WAITING_S * sender.rate);
      const parts = await waiting(sender);
      return parts === 0 ? Math.max(most, first) : Math.max(0, most - parts);
    },
  };
}
