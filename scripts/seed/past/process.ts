import { loadConfig } from '../../../src/config.ts';
import { inWords } from '../../run-on-database.ts';
import { type PastOrders, playPast } from './past.ts';

/** Plays the past in a process of its own, so that its memory is free afterwards. Ends with exit code 1 if it failed. */
process.once('message', (orders: PastOrders) => {
  const how = { config: loadConfig(process.env), now: new Date(), say: (line: string) => console.log(line) };
  playPast({ ...orders, ...how }).then(
    () => process.exit(0),
    (error: unknown) => {
      const failure = inWords(error);
      console.error(failure instanceof Error ? failure.message : 'The past of the demo could not be played.');
      process.exit(1);
    },
  );
});
