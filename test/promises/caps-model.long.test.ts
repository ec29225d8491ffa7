import { expect } from 'chai';
import {
  CAPS_FLAWS,
  type CapsFlaw,
  type CapsState,
  type CapsWorld,
  movesFrom,
  startOf,
} from './caps/model.ts';

type Found = { states: number; broken: string | null; stuck: boolean };

/** Explores every reachable state, up to the first that breaks a promise. */
function explore(world: CapsWorld): Found {
  const start = startOf(world);
  const seen = new Set([JSON.stringify(start)]);
  const queue: CapsState[] = [start];
  let stuck = false;
  for (const state of queue) {
    const moves = movesFrom(world, state);
    const idle = moves.length === 0;
    // The system is at rest. Every place is then used, or held by a message of unknown outcome.
    const used = state.rows.filter((row) => row === 'accepted' || row === 'unknown').length;
    if (idle && used < Math.min(world.places, world.rows)) stuck = true;
    for (const next of moves) {
      if (next.broken !== null) return { states: seen.size, broken: next.broken, stuck };
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  return { states: seen.size, broken: null, stuck };
}

describe('caps are reserved: the protocol as a model, every state', () => {
  for (const [rows, dispatchers, places] of [
    [2, 2, 1],
    [3, 2, 1],
    [3, 2, 2],
    [3, 3, 1],
  ] as const) {
    it(`${rows} messages, ${dispatchers} dispatchers, ${places} place(s), a crash, a refusal`, function () {
      const { states, broken, stuck } = explore({ rows, dispatchers, places, flaw: null });
      expect([broken, stuck]).to.deep.equal([null, false]);
      expect(states).to.be.greaterThan(100);
      if (this.test !== undefined) this.test.title += ` (${states} states)`;
    });
  }

  for (const [flaw, what] of Object.entries(CAPS_FLAWS) as [CapsFlaw, string][]) {
    it(`a flaw is found: ${what}`, () => {
      const { broken, states } = explore({ rows: 3, dispatchers: 2, places: 1, flaw });
      expect(broken, `nothing in ${states} states`).to.be.a('string');
    });
  }
});
