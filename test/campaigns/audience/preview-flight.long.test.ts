import { testFlights } from './check-flight.ts';

const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1);

describe('the previews of thirty campaigns and what is then sent', () => {
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
