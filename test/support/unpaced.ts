import type { Pace } from '../../src/sending/dispatch-deps.ts';

/** As many slots as are asked for, all of them now. */
export const unpaced: Pace = {
  take: async (_sender, wanted) => ({
    parts: wanted,
    turn: () => 0,
    until: Number.POSITIVE_INFINITY,
    giveBack: async () => undefined,
  }),
  retryAfter: () => 0,
};
