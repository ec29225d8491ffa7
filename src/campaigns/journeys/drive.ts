import { randomUUID } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import { startedJourneys } from '../../store/journeys/journeys.ts';
import { readClock } from '../../store/senders/pace.ts';
import { letGo, look, newDriver } from './look.ts';

/** Between two looks, ms: someone who just said yes is welcomed in about this time. */
const LOOK_MS = 1000;

export type Journeys = { stop: () => Promise<void> };

/** Takes people through journeys until it is stopped. One process at a time does; the others look who does. */
export function startJourneys(desk: Desk, onError: (error: unknown, line: string) => void): Journeys {
  const driver = newDriver(desk, randomUUID());
  const clock = async (): Promise<Date> => new Date(await readClock(desk.store));
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const turn = async (): Promise<boolean> => {
    const journeys = await startedJourneys(desk.store);
    return look(desk, driver, journeys, clock, () => stopped);
  };
  const next = (): void => {
    running = turn()
      .catch((error: unknown) => {
        onError(error, 'journeys could not be looked after; they are looked at again');
        return false;
      })
      .then((more) => {
        if (!stopped) timer = setTimeout(next, more ? 0 : LOOK_MS);
      });
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
      await letGo(desk, driver, clock);
    },
  };
}
