import { type Config, isLoopback, ROOT } from './config.ts';
import type { AppContext, Log } from './consent/app-context.ts';
import { createWriter } from './consent/consent-writer.ts';
import { openCatalog, readTemplates } from './consent/programs/catalog.ts';
import { createDatabaseClock } from './running/database-clock.ts';
import { createOutcomeRecorder } from './sending/outcome-recorder.ts';
import { createLookup } from './sending/twilio/lookup.ts';
import { refuseWhenPending } from './store/migrations.ts';
import { blindIndex } from './store/sealing/keys.ts';
import {
  assertNotDemo,
  openLedgerKeys,
  refuseOtherIndexKeys,
  refuseOtherKeyRing,
} from './store/startup-checks.ts';
import { DATABASE, openStore } from './store/store.ts';
import { databaseTime } from './store/web-processes.ts';

export type OpenDesk = { desk: AppContext; close: () => Promise<void> };

/** Where they are not the machine's own. `now`: a time that was made up, which is the database's nowhere. */
export type Clocks = { now?: () => Date; wall?: () => Date; monotonic?: () => number };

/** `askTime` asks the database for its time, and learns from the answer how far the machine's clock is off; `wall` is that clock. */
type TimedDesk = OpenDesk & { askTime: () => Promise<Date>; wall: () => Date };

/** A desk that goes by the database's time where the machine's clock is wrong, before anything is done with it. */
export async function openContextOnDatabaseTime(
  config: Parameters<typeof openContext>[0],
  log: Log,
  { now, wall = () => new Date(), monotonic = () => performance.now() }: Clocks,
): Promise<TimedDesk> {
  const clock = createDatabaseClock({ wall, monotonic, log });
  const { desk, close } = await openContext(config, log, now ?? clock.now, monotonic);
  const askTime = (): Promise<Date> => clock.look(() => databaseTime(desk.store));
  // Where it gives no answer now, it is asked again within a second.
  await askTime().catch(() => undefined);
  return { desk, close, askTime, wall };
}

/**
 * Opens what both roles work with. Rejects where the database cannot be reached, a migration is pending, another
 * pre-release made it, its keys are others, or it is a demo's and the carrier is not.
 */
export async function openContext(
  config: Pick<Config, 'keyRing' | 'blindIndexKeys' | 'ledgerKeys' | 'publicUrl'> & {
    /** Absent: nothing is asked about numbers. */
    twilio?: Config['twilio'];
    mongodbUri: string;
    database?: string;
  },
  log: Log,
  now: () => Date = () => new Date(),
  monotonic: () => number = () => performance.now(),
): Promise<OpenDesk> {
  const store = await openStore({ uri: config.mongodbUri, database: config.database ?? DATABASE });
  try {
    if (config.twilio !== undefined && !isLoopback(config.twilio.apiBase)) await assertNotDemo(store);
    await refuseWhenPending(store);
    const { blindIndexKeys: keys, keyRing: ring } = config;
    await refuseOtherKeyRing(store, ring, now);
    await refuseOtherIndexKeys(store, keys, now);
    const ledgerKeys = await openLedgerKeys(store, config.ledgerKeys, now);
    const templates = await readTemplates(ROOT);
    const catalog = await openCatalog(store, templates, (error) =>
      log.warn({ error }, 'programs were not read again'),
    );
    const writer = createWriter({ store, ring, ledgerKeys, now, monotonic, atLeast: catalog.atLeast });
    const settler = createOutcomeRecorder(store, now);
    const indexOf = (number: string): string => blindIndex(keys, number);
    const { publicUrl, twilio } = config;
    const base = twilio?.lookupBase;
    const lookup =
      twilio === undefined || base === undefined
        ? null
        : createLookup({ ...twilio, base, store, now, monotonic, log });
    const does = { catalog, writer, settler, lookup };
    const desk = { store, ring, ledgerKeys, ...does, publicUrl, now, monotonic, indexOf, log };
    const close = async (): Promise<void> => {
      await lookup?.close();
      await writer.drain();
      await settler.drain();
      catalog.stop();
      await store.close();
    };
    return { desk, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}
