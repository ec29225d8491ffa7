import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** Longer than an opt-out waits for calls under way, ms. */
const STILL_MS = 5000;

/** Until every place for a call is taken, ms. */
const FULL_MS = 400;

/** For what waited meanwhile, ms. */
const RUNNING_MS = 2500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The carrier's process stands still twice. What is written to it then lies in its kernel; people it is meant for opt out
 * by the API, and are answered before the carrier comes to read it.
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
  'the race while the process of the carrier stands still, and people opt out of what lies there',
  STANDS_STILL,
);
