import { readMark } from './marks.ts';
import type { Store } from './store.ts';

/** Says of a database that a demo made it. */
export const DEMO_MARK = 'demo';

/** The database is a demo's, and the carrier a real one. */
export class DemoDatabase extends Error {
  override name = 'DemoDatabase';
  constructor(where: string, instead: string) {
    super(
      `${where} a demo's database, and TWILIO_API_BASE is no simulator on this machine: what is planned there would go to ` +
        `a real carrier, in the name of a retailer that does not exist. ${instead}`,
    );
  }
}

/** Throws `DemoDatabase` where a demo made it. `dataDir`: of an embedded database. */
export async function refuseDemo(store: Store, dataDir?: string): Promise<void> {
  if ((await readMark(store, DEMO_MARK)) === null) return;
  throw dataDir === undefined
    ? new DemoDatabase('MONGODB_URI names', 'Set MONGODB_URI to another one.')
    : new DemoDatabase(`DATA_DIR ${dataDir} holds`, 'Set DATA_DIR to a folder of its own.');
}
