import { DATABASE } from '../src/open-desk.ts';
import { isDatabaseFailure } from '../src/store/database-failure.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { Stop } from './running-demo.ts';

/** The database a command works on. Throws `Stop`, which never shows the address, where it cannot be reached. */
export async function openCommandStore(uri: string, database = DATABASE): Promise<Store> {
  try {
    return await openStore({ uri, database });
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    throw new Stop(
      'The database cannot be reached. Start it (the demo has its own: npm run demo), or correct MONGODB_URI.',
    );
  }
}
