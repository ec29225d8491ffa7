import type { Allowance } from '../../src/sending/circuit-breaker.ts';
import type { RateLimiter, SlotsWanted } from '../../src/sending/rate-limiter.ts';

/** As many slots as are asked for, all of them now. */
export const unpaced: RateLimiter = {
  take: async (_sender, { most }) => ({
    parts: most,
    turn: () => 0,
    written: () => true,
    dropped: () => undefined,
    until: Number.POSITIVE_INFINITY,
    giveBack: async () => undefined,
    giveBackRest: async () => undefined,
  }),
  retryAfter: () => 0,
};

/** So many parts, at least the first message's one, as soon as may be. */
export const wanting = (most: number, first = 1): SlotsWanted => ({
  ...{ most, first, leadMs: 25 },
  offers: most,
  answer: false,
});

/** What a sender that is sound is allowed, or so many calls. */
export const allowed = async (calls = Number.POSITIVE_INFINITY): Promise<Allowance> => ({
  calls,
  offers: true,
  releaseTrial: async () => undefined,
});
