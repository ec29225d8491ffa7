import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** Longer than an opt-out waits for calls under way, ms. */
const STILL_MS = 5000;

/** Delay until every connection is in use, ms. */
const FULL_MS = 400;

/** Time for waiting messages to leave, ms. */
const RUNNING_MS = 2500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Freezes the carrier's process twice. Written calls lie in its kernel meanwhile, and their people opt out by the API and are
 * answered before the carrier reads the calls.
 */
async function standStill(
  { stopCarrier, claims }: RaceSystem,
  _: unknown,
  optOutClaimed: () => Promise<void>,
): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    const still = stopCarrier(STILL_MS);
    await pause(FULL_MS);
    claims.look();
    await Promise.all([optOutClaimed(), still]);
    await pause(RUNNING_MS);
  }
}

const STANDS_STILL: Stress = {
  ...USUAL,
  faultsOf: () => [],
  flightMs: 20_000,
  meanwhileAt: 0.15,
  meanwhile: standStill,
  logLevel: 'fatal',
};

export const CARRIER_STILL = raceUnder(
  'carrier-still',
  'the race while the process of the carrier is frozen, and people opt out of messages that wait there',
  STANDS_STILL,
);
