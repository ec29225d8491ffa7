/** Consecutive failures of one sender's calls, and the time until which no call is tried. */
export type Circuit = { failures: number; pausedUntil: Date | null };

export const SOUND: Circuit = { failures: 0, pausedUntil: null };

/** This many consecutive failures pause a sender. */
export const FAILURES = 5;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * How long marketing from a sender waits where the carrier's queue for the sender is full, ms. Our choice: the queue
 * holds hours of traffic.
 */
export const QUEUE_FULL_MS = 30_000;

/** Whether marketing waits. A wait longer than any that we start comes from a clock that was ahead, and is ignored. */
export function offersWait(until: Date | null, now: Date): boolean {
  const ms = until === null ? 0 : until.getTime() - now.getTime();
  return ms > 0 && ms <= QUEUE_FULL_MS;
}

/** What may be tried: any call, one trial call to see whether the carrier is back, or none. */
type Allowance = 'all' | 'one' | 'none';

export function allowanceOf(circuit: Circuit, now: Date): Allowance {
  if (circuit.failures < FAILURES) return 'all';
  return isPaused(circuit, now) ? 'none' : 'one';
}

/**
 * Counts one more failure. From the fifth on, each failure starts a pause twice as long as the last, up to a minute.
 * `draw` in [0, 1) picks between half and all of the pause, so that processes and senders do not return at one
 * moment. A failure within a pause belongs to a call that started before it, and changes nothing.
 */
export function afterFailure(circuit: Circuit, now: Date, draw: number): Circuit {
  if (isPaused(circuit, now)) return circuit;
  const failures = circuit.failures + 1;
  if (failures < FAILURES) return { failures, pausedUntil: null };
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** (failures - FAILURES), LONGEST_PAUSE_MS);
  return { failures, pausedUntil: new Date(now.getTime() + Math.ceil(ms * (0.5 + draw / 2))) };
}

/** A pause longer than any that we start comes from a clock that was ahead, and is ignored. */
function isPaused({ failures, pausedUntil }: Circuit, now: Date): boolean {
  if (failures < FAILURES || pausedUntil === null) return false;
  const ms = pausedUntil.getTime() - now.getTime();
  return ms > 0 && ms <= LONGEST_PAUSE_MS;
}
