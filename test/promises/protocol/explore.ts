import { fingerprint } from './fingerprint.ts';
import { brokenPromise } from './invariants.ts';
import type { State, World } from './state.ts';
import { movesFrom } from './steps.ts';

/** What was found. `trace`: the steps of a shortest way to a broken promise. */
export type Found = { states: number; broken: string | null; trace: string[] };

/** Thrown where the states are more than a test has time for. */
const MOST_STATES = 2_000_000;

/** Breadth first over every state that can be reached: a broken promise is found by its shortest trace. */
export function explore(world: World): Found {
  const seen = new Set([fingerprint(world.start)]);
  const parents: number[] = [-1];
  const steps: string[] = [''];
  let level: { id: number; state: State }[] = [{ id: 0, state: world.start }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { id, state } of level) {
      const moves = movesFrom(world, state);
      const stuck = moves.length === 0 ? brokenPromise(state, true) : null;
      if (stuck !== null) return { states: seen.size, broken: stuck, trace: traceTo(id, parents, steps) };
      for (const { what, state: after } of moves) {
        const broken = brokenPromise(after, false);
        if (broken !== null) {
          return { states: seen.size, broken, trace: [...traceTo(id, parents, steps), what] };
        }
        const key = fingerprint(after);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ id: parents.length, state: after });
        parents.push(id);
        steps.push(what);
      }
      if (seen.size > MOST_STATES) throw new Error(`more than ${MOST_STATES} states`);
    }
    level = next;
  }
  return { states: seen.size, broken: null, trace: [] };
}

function traceTo(id: number, parents: readonly number[], steps: readonly string[]): string[] {
  const trace: string[] = [];
  for (let at = id; at > 0; at = parents[at] ?? 0) trace.unshift(steps[at] ?? '');
  return trace;
}
