import { seededDraws } from '../../../src/simulator/behaviours.ts';

/** `ready`: a subscriber with nothing planned. `aimed`: a subscriber whose message is due shortly before their STOP comes. */
export type StopGroup = 'ready' | 'aimed';

/** One STOP, `at` ms after the pass begins. `dueAt`: when the message to that person is due, ms; null if none is planned. */
export type Arrival = { at: number; group: StopGroup; dueAt: number | null };

/** The message of an aimed person is due at most this long before the STOP, ms: about the time that sending takes. */
const AIM_MS = 600;

/** Makes STOPs at independent random times, as strangers text; the same ones for the same seed. */
export function arrivals(count: number, ms: number, aimed: boolean, seed: number): Arrival[] {
  const draw = seededDraws(seed);
  const times = Array.from({ length: count }, () => draw() * ms).sort((a, b) => a - b);
  return times.map((at, place): Arrival => {
    if (!aimed || place % 2 === 0) return { at, group: 'ready', dueAt: null };
    return { at, group: 'aimed', dueAt: at - draw() * AIM_MS };
  });
}

/** The state of the message when the STOP of an aimed person came: planned, claimed and not settled, or at the carrier. */
export type Met = 'planned' | 'under way' | 'left';

/** Finds this state from the final row. `stopAt`: when the STOP came, by the clock of the row. */
export function metBy(row: { state: string; acceptedAt?: Date }, stopAt: number): Met {
  if (row.state === 'canceled') return 'planned';
  return row.acceptedAt !== undefined && row.acceptedAt.getTime() <= stopAt ? 'left' : 'under way';
}
