import { fingerprint } from './fingerprint.ts';
import { createFingerprintSet } from './fingerprint-set.ts';
import { brokenPromise } from './invariants.ts';
import { at, type ModelState, type ModelWorld } from './state.ts';
import { movesFrom } from './steps.ts';

/** What was found. `trace`: the steps of a shortest way to a broken promise. */
export type Exploration = { states: number; broken: string | null; trace: string[] };

/** Thrown where the states are more than a test has time for. */
const MOST_STATES = 2_000_000;

/** Breadth first over every state that can be reached: a broken promise is found by its shortest trace. */
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

/** By state, in the order they were found: from which, and by which of its moves. */
type Way = { parents: number[]; moves: number[] };

/** Taken once more from the start: words for each of a million steps are more than a process should keep. */
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
