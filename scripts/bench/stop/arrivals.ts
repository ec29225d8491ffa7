import { seededDraws } from '../../../src/simulator/behaviours.ts';

/** `ready`: a subscriber with nothing planned. `aimed`: one whose message is due shortly before the STOP comes. */
export type StopGroup = 'ready' | 'aimed';

/** One STOP: `at` ms after the pass begins. `dueAt`: of the message to that person, ms; null where none is planned. */
export type Arrival = { at: number; group: StopGroup; dueAt: number | null };

/** How long before the STOP the message of an aimed one is due at most, ms: about what it takes to leave. */
const AIM_MS = 600;

/** So many STOPs at moments independent of each other, as strangers text: the same for the same seed. */
export function arrivals(count: number, ms: number, aimed: boolean, seed: number): Arrival[] {
  const draw = seededDraws(seed);
  const times = Array.from({ length: count }, () => draw() * ms).sort((a, b) => a - b);
  return times.map((at, place): Arrival => {
    if (!aimed || place % 2 === 0) return { at, group: 'ready', dueAt: null };
    return { at, group: 'aimed', dueAt: at - draw() * AIM_MS };
  });
}

/** What a STOP of the aimed met: its message was still planned, claimed and not settled, or at the carrier by then. */
export type Met = 'planned' | 'under way' | 'left';

/** From the row as it ended. `stopAt`: when the STOP came, on the clock of the row. */
export function metBy(row: { state: string; acceptedAt?: Date }, stopAt: number): Met {
  if (row.state === 'canceled') return 'planned';
  return row.acceptedAt !== undefined && row.acceptedAt.getTime() <= stopAt ? 'left' : 'under way';
}
