import { seededDraws, seededHash } from '../../../src/simulator/behaviours.ts';
import { WEB_POINTS, WORKER_POINTS } from '../instrument/kill-points.ts';

export const PROCESSES = ['worker-1', 'worker-2', 'web-1', 'web-2'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** One fault of a process during the flight. */
export type Fault = {
  /** The time of the fault, as a share of the flight. */
  at: number;
  process: ProcessName;
  act: 'kill' | 'stop';
  /** The kill point; null for any place in the code. */
  point: string | null;
  /** At which passing of the point it happens. */
  nth: number;
  /** For a freeze, ms until the process continues. The lease is 3000. */
  frozenMs: number;
};

/** Kills of one step. Two freezes come beside them, each of any process. */
export const KILLS = 6;

/** About how often a worker passes a point in a second at full rate. */
const OFTEN: Partial<Record<string, number>> = {
  'before-write': 200,
  'after-check': 200,
  'after-write': 200,
};

/** The faults of one step. They depend only on the seed and the number of the step. */
export function faultsOf(seed: number, step: number): Fault[] {
  const draw = seededDraws(seededHash(seed, `faults ${step}`));
  const oneOf = (from: number, count: number): number => from + Math.floor(draw() * count);
  // Two of the six kills hit a web process. One kill of a worker, one of a web process and one freeze are at no named point.
  const killsAnywhere = [oneOf(0, 4), oneOf(4, 2)];
  const freezeAnywhere = oneOf(0, 2);
  const kills = Array.from({ length: KILLS }, (_, at) => {
    const process = PROCESSES[oneOf(at < 4 ? 0 : 2, 2)] as ProcessName;
    return faultOf(draw, process, 'kill', !killsAnywhere.includes(at));
  });
  const freezes = [1200, 4500].map((ms, at) => {
    const process = PROCESSES[oneOf(0, PROCESSES.length)] as ProcessName;
    return { ...faultOf(draw, process, 'stop', at !== freezeAnywhere), frozenMs: ms + draw() * 500 };
  });
  return [...kills, ...freezes].sort((a, b) => a.at - b.at);
}

function faultOf(draw: () => number, process: ProcessName, act: Fault['act'], named: boolean): Fault {
  const isWeb = process.startsWith('web');
  const points: readonly string[] = isWeb ? WEB_POINTS : WORKER_POINTS;
  const point = named ? (points[Math.floor(draw() * points.length)] ?? null) : null;
  const nth = 1 + Math.floor(draw() * ((isWeb ? undefined : OFTEN[point ?? '']) ?? 4));
  return { at: 0.05 + draw() * 0.8, process, act, point, nth, frozenMs: 0 };
}
