import type { Config } from '../../../src/config.ts';
import { DATABASE, openStore } from '../../../src/store/store.ts';
import { seedAudience } from './audience.ts';

/** The same people in every demo. */
const SEED = 1;

/** Between two lines of progress, ms. */
const TELL_MS = 5000;

/** Adds people to the demo's database, up to so many, and tells how far it is. */
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
