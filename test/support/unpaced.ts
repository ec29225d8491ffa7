import type { Allowance } from '../../src/sending/circuit.ts';
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

/** What a sender that is sound is allowed, or so many calls. */
export const allowed = async (calls = Number.POSITIVE_INFINITY): Promise<Allowance> => ({
  calls,
  untried: async () => undefined,
});
