/** Failures of one sender's calls in a row, and until when nothing is tried. */
export type Circuit = { failures: number; pausedUntil: Date | null };

export const SOUND: Circuit = { failures: 0, pausedUntil: null };

/** So many failures in a row pause a sender. */
export const FAILURES = 5;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** How long offers from a sender wait where the carrier's queue for it is full, ms. A choice: the queue holds hours of traffic. */
export const QUEUE_FULL_MS = 30_000;

/** Whether offers wait; longer than ever begun: by a clock that was ahead, and they do not. */
export function offersWait(until: Date | null, now: Date): boolean {
  const ms = until === null ? 0 : until.getTime() - now.getTime();
  return ms > 0 && ms <= QUEUE_FULL_MS;
}

/** What may be tried: anything, one call to see whether the carrier is back, or nothing. */
type Allowance = 'all' | 'one' | 'none';

export function allowanceOf(circuit: Circuit, now: Date): Allowance {
  if (circuit.failures < FAILURES) return 'all';
  return isPaused(circuit, now) ? 'none' : 'one';
}

/**
 * One failure more. From the fifth on each begins a pause, double the one before up to a minute, between half and
 * all of it by `draw` in [0, 1), so that processes and senders do not come back at one moment. Calls begun before a
 * pause and failing within it say nothing new.
 */
export function afterFailure(circuit: Circuit, now: Date, draw: number): Circuit {
  if (isPaused(circuit, now)) return circuit;
  const failures = circuit.failures + 1;
  if (failures < FAILURES) return { failures, pausedUntil: null };
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** (failures - FAILURES), LONGEST_PAUSE_MS);
  return { failures, pausedUntil: new Date(now.getTime() + Math.ceil(ms * (0.5 + draw / 2))) };
}

/** A pause longer than any was begun by a clock that was ahead, and is none. */
function isPaused({ failures, pausedUntil }: Circuit, now: Date): boolean {
  if (failures < FAILURES || pausedUntil === null) return false;
  const ms = pausedUntil.getTime() - now.getTime();
  return ms > 0 && ms <= LONGEST_PAUSE_MS;
}
