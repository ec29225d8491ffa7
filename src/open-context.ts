import { type Config, isLoopback, ROOT } from './config.ts';
import type { AppContext, Log } from './consent/app-context.ts';
import { createWriter } from './consent/consent-writer.ts';
import { openCatalog, readTemplates } from './consent/programs/catalog.ts';
import { createDatabaseClock, type DatabaseClock } from './sending/database-clock.ts';
import { createOutcomeRecorder } from './sending/outcome-recorder.ts';
import { createCarrierAccount } from './sending/twilio/carrier-account.ts';
import { createLookup } from './sending/twilio/lookup.ts';
import { createAuditChains } from './store/audit/audit-chains.ts';
import { databaseTime } from './store/connection.ts';
import { refuseWhenPending } from './store/migrations.ts';
import { blindIndex } from './store/sealing/keys.ts';
import {
  assertNotDemo,
  openLedgerKeys,
  refuseOtherIndexKeys,
  refuseOtherKeyRing,
} from './store/startup-checks.ts';
import { DATABASE, openStore } from './store/store.ts';

export type OpenedContext = { context: AppContext; close: () => Promise<void> };

/**
 * Clocks to use instead of the machine's own. `now` is an invented time (the demo, tests), unrelated to the
 * database's time.
 */
export type Clocks = { now?: () => Date; wall?: () => Date; monotonic?: () => number };

/**
 * `askTime` asks the database for its time and measures how far the machine's clock is off. `wall` is the machine's
 * clock.
 */
type OpenedContextOnDatabaseTime = OpenedContext & {
  askTime: () => Promise<Date>;
  clock: DatabaseClock;
  wall: () => Date;
};

/**
 * Opens a context whose clock follows the database's time where the machine's clock is wrong. Asks for that time
 * before anything else is done.
 */
export async function openContextOnDatabaseTime(
  config: Parameters<typeof openContext>[0],
  log: Log,
  { now, wall = () => new Date(), monotonic = () => performance.now() }: Clocks,
): Promise<OpenedContextOnDatabaseTime> {
  const clock = createDatabaseClock({ wall, monotonic, log });
  const { context, close } = await openContext(config, log, now ?? clock.now, monotonic);
  const askTime = (): Promise<Date> =>
    clock.measure(
      () => databaseTime(context.store),
      (time) => time.getTime(),
    );
  // When the database gives no answer now, the poller asks again within a second.
  await askTime().catch(() => undefined);
  return { context, close, askTime, clock, wall };
}

/**
 * Opens what both roles work with. Rejects when the database cannot be reached, when a migration is pending, when
 * another pre-release made the database, when its keys differ, or when a demo made the database and the carrier is
 * real.
 */
export async function openContext(
  config: Pick<Config, 'keyRing' | 'blindIndexKeys' | 'ledgerKeys' | 'publicUrl'> & {
    /** Absent: number Lookup is off. */
    twilio?: Config['twilio'];
    mongodbUri: string;
    database?: string;
  },
  log: Log,
  now: () => Date = () => new Date(),
  monotonic: () => number = () => performance.now(),
): Promise<OpenedContext> {
  const store = await openStore({ uri: config.mongodbUri, database: config.database ?? DATABASE });
  try {
    if (config.twilio !== undefined && !isLoopback(config.twilio.apiBase)) await assertNotDemo(store);
    await refuseWhenPending(store);
    const { blindIndexKeys: keys, keyRing: ring, publicUrl, twilio } = config;
    await refuseOtherKeyRing(store, ring, now);
    await refuseOtherIndexKeys(store, keys, now);
    const ledgerKeys = await openLedgerKeys(store, config.ledgerKeys, now);
    const templates = await readTemplates(ROOT);
    const catalog = await openCatalog(store, templates, (error) =>
      log.warn({ error }, 'the programs could not be read again; the next check reads them'),
    );
    const audit = createAuditChains({ database: store, ring, ledgerKeys, now });
    const writer = createWriter({ store, ring, ledgerKeys, audit, now, monotonic, atLeast: catalog.atLeast });
    const outcomeRecorder = createOutcomeRecorder(store, now);
    const indexOf = (number: string): string => blindIndex(keys, number);
    const lookup = lookupOf(twilio, { store, now, monotonic, log });
    const carrierAccount = accountOf(twilio, publicUrl, now);
    const does = { catalog, audit, writer, outcomeRecorder, lookup, carrierAccount };
    const context = { store, ring, ledgerKeys, ...does, publicUrl, now, monotonic, indexOf, log };
    const close = async (): Promise<void> => {
      await Promise.all([lookup?.close(), carrierAccount?.close()]);
      await writer.drain();
      await outcomeRecorder.drain();
      catalog.stop();
      await store.close();
    };
    return { context, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const accountOf = (twilio: Config['twilio'] | undefined, publicUrl: string, now: () => Date) =>
  twilio === undefined ? null : createCarrierAccount({ ...twilio, publicUrl, now });

type LookupParts = Pick<Parameters<typeof createLookup>[0], 'log' | 'monotonic' | 'now' | 'store'>;

/** Null where the configuration looks nothing up. */
function lookupOf(twilio: Config['twilio'] | undefined, parts: LookupParts) {
  const base = twilio?.lookupBase;
  return twilio === undefined || base === undefined ? null : createLookup({ ...twilio, base, ...parts });
}
