import { loadConfig } from '../../../src/config.ts';
import { readPrograms, writeProgram, writeSender } from '../../../src/store/consent/programs.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import { insertSubscribers, offerTo, subscriber } from '../people.ts';

/** A speed, in segments a second, that never limits a pass. */
const RATE = 10_000;

/** The number of the first subscriber. */
const FIRST = 2_000_000;

/** The campaign that is sent at full speed. */
export const CAMPAIGN = 'bench';

/** Makes sure that the speed of the senders does not limit a pass, and that programs have the caps of everybody except a demo. */
export async function unpace(store: Store, receipts: boolean): Promise<void> {
  const { senders, programs } = await readPrograms(store);
  for (const sender of senders) await writeSender(store, { ...sender, rate: RATE, receipts });
  for (const { capping: _, ...program } of programs) await writeProgram(store, program);
}

/** Writes what a campaign of one message leaves in the database: subscribers, and a planned row for each. */
export async function planRows(env: NodeJS.ProcessEnv, count: number, receipts: boolean): Promise<void> {
  const config = loadConfig(env);
  const store = await openStore({ uri: env.MONGODB_URI ?? '', database: DATABASE });
  try {
    await unpace(store, receipts);
    const planned = (at: number) => {
      const person = subscriber(config, FIRST + at);
      return { ...person, row: offerTo(person.holder, CAMPAIGN) };
    };
    await insertSubscribers(store, count, planned, () => []);
  } finally {
    await store.close();
  }
}
