import type { Allowance } from '../../src/sending/circuit-breaker.ts';
import type { RateLimiter, SlotsWanted } from '../../src/sending/rate-limiter.ts';

/** A rate limiter that grants as many slots as are asked for, all of them now. */
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

/** A request for so many parts, and at least for those of the first message, as soon as possible. */
export const wanting = (most: number, first = 1): SlotsWanted => ({
  ...{ most, first, leadMs: 25 },
  offers: most,
  answer: false,
});

/** The allowance of a healthy sender, or of `calls` calls. */
export const allowed = async (calls = Number.POSITIVE_INFINITY): Promise<Allowance> => ({
  calls,
  offers: true,
  releaseTrial: async () => undefined,
});
