import { randomUUID } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import { startedJourneys } from '../../store/journeys/journeys.ts';
import { readClock } from '../../store/senders/pace.ts';
import { type Looking, startLooking } from '../looking.ts';
import { look, newDriver, stopDriving } from './look.ts';

/** Between two looks, ms: someone who just said yes is welcomed in about this time. */
const LOOK_MS = 1000;

/** Takes people through journeys until it is stopped. One process at a time does; the others look who does. */
export function startJourneys(desk: Desk, onError: (error: unknown, line: string) => void): Looking {
  const driver = newDriver(desk, randomUUID());
  const clock = async (): Promise<Date> => new Date(await readClock(desk.store));
  const driving = startLooking(
    async (mayGoOn) => look(desk, driver, await startedJourneys(desk.store), clock, () => !mayGoOn()),
    {
      restMs: LOOK_MS,
      onError: (error) => onError(error, 'journeys could not be looked after; they are looked at again'),
    },
  );
  return {
    stop: async () => {
      await driving.stop();
      await stopDriving(desk, driver, clock);
    },
  };
}
