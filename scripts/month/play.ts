import { loadConfig } from '../../src/config.ts';
import type { OwnNumber } from '../../src/simulator/options.ts';
import { MONTH_DAYS } from './calendar.ts';
import { playMonth } from './month.ts';
import { isSound } from './reckoning.ts';

/** The same month in every demo. */
const SEED = 1;

/** What the demo tells the process that plays the month; the rest is in the environment, as for the gateway. */
export type MonthOrders = { mongodb: string; numbers: OwnNumber[]; apiKey: string; people: number };

/** Ends with 1 where the month did not end as it should have. */
async function play(orders: MonthOrders): Promise<number> {
  const reckoning = await playMonth({
    ...orders,
    ...{ config: loadConfig(process.env), days: MONTH_DAYS, seed: SEED, now: new Date() },
    say: (line) => console.log(line),
  });
  return isSound(reckoning) ? 0 : 1;
}

process.once('message', (orders: MonthOrders) => {
  play(orders).then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : 'The month could not be played.');
      process.exit(1);
    },
  );
});
