import type { Lane } from '../../domain/sending/lanes.ts';
import { type InLine, inLine } from '../../domain/sending/line.ts';

/** One message that needs a place. */
export type Asked = {
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
export type Line = {
  ask: (one: InLine) => Asked;
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
export function createLine(free: () => number): Line {
  const waiting = new Set<Waiter>();
  const served = new Map<string, number>();
  let turns = 0;
  let promised = 0;
  const places = (): number => free() - promised;
  const freed = (): void => {
    if (places() > 0) inLine([...waiting], served)[0]?.wake();
  };
  const ask = (one: InLine): Asked => {
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
