import { testFlights } from './check-flight.ts';

/**
 * Thirty, and a few in which a cap is found late in a test, or in which a local time has passed for people of the
 * holdout.
 */
const SEEDS = [...Array.from({ length: 30 }, (_, at) => at + 1), 63, 98, 148, 152];

describe('the previews of many campaigns and what is then sent', () => {
  const among = [
    'going',
    'skipped',
    'delayed',
    'refused',
    'pastDeadline',
    'holdout',
    'hourPassed',
    'afterTest',
    'fromFirst',
    'fromSecond',
  ] as const;
  testFlights(SEEDS, among, 900_000);
});
