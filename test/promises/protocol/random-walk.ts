import type { Exploration } from './explore.ts';
import { brokenPromise } from './invariants.ts';
import type { ModelWorld } from './state.ts';
import { movesFrom } from './steps.ts';

/** A small generator of numbers in [0, 1) that gives the same numbers for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let word = seed >>> 0;
  return () => {
    word = (word + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(word ^ (word >>> 15), word | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Takes random steps until the system is at rest, `walks` times. For worlds with too many states to explore all. The
 * steps are counted as states.
 */
export function walk(world: ModelWorld, draw: () => number, walks: number): Exploration {
  let states = 0;
  for (let count = 0; count < walks; count += 1) {
    const trace: string[] = [];
    for (let state = world.start; ; ) {
      const moves = movesFrom(world, state);
      const broken = brokenPromise(state, moves.length === 0);
      if (broken !== null) return { states, broken, trace };
      const move = moves[Math.floor(draw() * moves.length)];
      if (move === undefined) break;
      states += 1;
      trace.push(move.what);
      state = move.state;
    }
  }
  return { states, broken: null, trace: [] };
}
