import { loadConfig } from '../../src/config.ts';
import type { OwnNumber } from '../../src/simulator/options.ts';
import { MONTH_DAYS } from './calendar.ts';
import { playMonth } from './month.ts';
import { isSound } from './reckoning.ts';

/** The seed, so that every demo plays the same month. */
const SEED = 1;

/** What the demo sends to the process that plays the month. The rest is in the environment, as for the gateway. */
export type MonthOrders = { mongodb: string; numbers: OwnNumber[]; apiKey: string; people: number };

/** Ends with exit code 1 if the month failed. */
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
