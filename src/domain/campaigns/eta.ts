/** What of one campaign waits for one number, and what waits there beside it. */
export type Queue = {
  /** Parts a second. */
  rate: number;
  /** Planned messages of the campaign, and how many of them may not go yet. */
  own: number;
  later: number;
  /** When the last of those may go; null where none waits for a time. */
  latest: Date | null;
  /** Parts of one message of it, on average. */
  parts: number;
  /** Messages that go before it or take turns with it. */
  others: number;
};

/**
 * When the last planned message will have left, at the speed of the numbers: after what goes before it and beside it,
 * and not before the last that waits for a time, behind all that wait as it does. Null where nothing waits, or can go.
 */
export function doneAt(queues: readonly Queue[], now: Date): Date | null {
  const ends = queues
    .filter(({ own, rate }) => own > 0 && rate > 0)
    .map(({ rate, own, later, latest, parts, others }) => {
      const busy = now.getTime() + ((own * parts + others) / rate) * 1000;
      const held = latest === null ? 0 : latest.getTime() + ((later * parts) / rate) * 1000;
      return Math.max(busy, held);
    });
  return ends.length === 0 ? null : new Date(Math.max(...ends));
}
