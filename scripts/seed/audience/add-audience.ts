import type { Config } from '../../../src/config.ts';
import { DATABASE, openStore } from '../../../src/store/store.ts';
import { seedAudience } from './audience.ts';

/** The seed, so that every demo gets the same people. */
const SEED = 1;

/** Time between two lines of progress, ms. */
const TELL_MS = 5000;

/** Adds people to the database of the demo until there are this many, and reports progress. */
export async function addAudience(
  uri: string,
  config: Pick<Config, 'keyRing' | 'blindIndexKeys' | 'ledgerKeys'>,
  people: number,
  say: (line: string) => void,
): Promise<void> {
  const store = await openStore({ uri, database: DATABASE });
  const began = performance.now();
  let told = began;
  const progress = (done: number): void => {
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    say(`${done} of ${people} people are in the database`);
  };
  try {
    const added = await seedAudience(store, config, { people, seed: SEED, now: new Date(), progress });
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    if (added > 0) say(`${added} people added, each with a consent history, in ${seconds} s`);
  } finally {
    await store.close();
  }
}
