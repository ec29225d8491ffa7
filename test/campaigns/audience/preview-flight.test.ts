import { testFlights } from './check-flight.ts';

const SEEDS = [3, 4, 8, 11, 22, 27, 29];

describe('the preview of a campaign and what is then sent', () => {
  testFlights(
    SEEDS,
    ['going', 'skipped', 'delayed', 'refused', 'afterTest', 'fromFirst', 'fromSecond'],
    240_000,
  );
});
