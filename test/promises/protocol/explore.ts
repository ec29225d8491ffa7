import { fingerprint } from './fingerprint.ts';
import { createFingerprintSet } from './fingerprint-set.ts';
import { brokenPromise } from './invariants.ts';
import { at, type ModelState, type ModelWorld } from './state.ts';
import { movesFrom } from './steps.ts';

/** The result of an exploration. `trace` has the steps of a shortest way to a broken promise. */
export type Exploration = { states: number; broken: string | null; trace: string[] };

/** The exploration throws above this number of states, since a test has no time for more. */
const MOST_STATES = 2_000_000;

/** Explores every reachable state breadth first, so that a broken promise is found by its shortest trace. */
export function explore(world: ModelWorld): Exploration {
  const seen = createFingerprintSet();
  seen.add(fingerprint(world, world.start));
  const way: Way = { parents: [-1], moves: [-1] };
  let level: { id: number; state: ModelState }[] = [{ id: 0, state: world.start }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { id, state } of level) {
      const moves = movesFrom(world, state);
      const stuck = moves.length === 0 ? brokenPromise(state, true) : null;
      if (stuck !== null) return { states: seen.size, broken: stuck, trace: traceTo(world, way, id) };
      for (let move = 0; move < moves.length; move += 1) {
        const { what, state: after } = at(moves, move);
        const broken = brokenPromise(after, false);
        if (broken !== null) {
          return { states: seen.size, broken, trace: [...traceTo(world, way, id), what] };
        }
        if (!seen.add(fingerprint(world, after))) continue;
        next.push({ id: way.parents.length, state: after });
        way.parents.push(id);
        way.moves.push(move);
      }
      if (seen.size > MOST_STATES) throw new Error(`more than ${MOST_STATES} states`);
    }
    level = next;
  }
  return { states: seen.size, broken: null, trace: [] };
}

/** For each state, in the order of discovery: the state before it, and which of that state's moves led here. */
type Way = { parents: number[]; moves: number[] };

/**
 * The steps to a state. They are replayed from the start, since words for millions of steps would need too much
 * memory.
 */
function traceTo(world: ModelWorld, { parents, moves }: Way, id: number): string[] {
  const places: number[] = [];
  for (let at = id; at > 0; at = parents[at] ?? 0) places.unshift(moves[at] ?? 0);
  let state = world.start;
  return places.map((place) => {
    const move = movesFrom(world, state)[place];
    state = move?.state ?? state;
    return move?.what ?? '';
  });
}
