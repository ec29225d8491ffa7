import {
  type Config,
  ConfigError,
  ENVIRONMENT,
  loadDotEnv,
  problemsOf,
  ringOf,
  setIn,
} from '../src/config.ts';
import { faultsOf, type LedgerReport, verifyLedger } from '../src/consent/ledger/verify-ledger.ts';
import { madeSecrets, withSecrets } from '../src/running/keys-file.ts';
import { refuseWhenPending } from '../src/store/migrations.ts';
import { refuseKeysUnlikeMark } from '../src/store/sealing/index-keys.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { wantsHelp } from './only-help.ts';
import { runOnDatabase } from './run-on-database.ts';
import { databaseInUse } from './running-demo.ts';

const HELP = `npm run verify-ledger

Walks the hash chain of every holder and names the first entry that was changed, dropped, added or moved, each holder who
is subscribed to what the chain does not say or is found by another number, each chain whose holder is missing, and how
many could not be opened.
It cannot see what was done to chain and holder together: the last entries dropped and the head set back to suit, a
holder removed with the whole chain, or a chain written anew. Compare its counts with those of an earlier walk.
Reads MONGODB_URI, or the embedded database of npm start or npm run demo while that runs on DATA_DIR, with its KEYRING and
BLIND_INDEX_KEY; without the latter it does not ask by which number a holder is found.
Changes nothing. Exit code 1 on a fault.`;

async function main(): Promise<void> {
  loadDotEnv();
  const dataDir = process.env.DATA_DIR || '.data';
  const { uri, place } = await databaseInUse();
  // Of keys made here and now every entry would look broken.
  const keys = loadKeys(withSecrets(process.env, madeSecrets(dataDir) ?? {}));
  const store = await openStore({ uri, database: DATABASE });
  try {
    await refuseWhenPending(store);
    const isAsked = keys.blindIndexKeys.length > 0;
    if (isAsked) await refuseKeysUnlikeMark(store, keys.blindIndexKeys);
    const report = await verifyLedger(store, keys, ({ chains }) => {
      if (chains >= 5000) console.log(`${chains} chains so far`);
    });
    if (!isAsked)
      console.log('BLIND_INDEX_KEY is not set: by which number a contact is found was not asked.');
    for (const line of linesOf(report, place)) console.log(line);
    if (faultsOf(report) > 0) process.exitCode = 1;
  } finally {
    await store.close();
  }
}

const READ = ENVIRONMENT.pick({ KEYRING: true, BLIND_INDEX_KEY: true }).partial({ BLIND_INDEX_KEY: true });

/** The keys of the walk, which may have no BLIND_INDEX_KEY. Throws ConfigError. */
function loadKeys(env: NodeJS.ProcessEnv): Pick<Config, 'keyRing' | 'blindIndexKeys'> {
  const { data, error } = READ.safeParse(setIn(env));
  if (data === undefined) throw new ConfigError(problemsOf(error));
  return { keyRing: ringOf(data.KEYRING), blindIndexKeys: [...(data.BLIND_INDEX_KEY?.values() ?? [])] };
}

function linesOf(report: LedgerReport, place: string): string[] {
  const { chains, entries, faults, strays, locked } = report;
  return [
    ...faults.map(({ contact, seq, what }) => `contact ${contact}, entry ${seq}: ${what}`),
    ...strays.map((contact) => `contact ${contact}: there are entries and no such contact`),
    ...[...locked].map(
      ([by, count]) =>
        `${count} chains could not be opened: KEYRING lacks the key ${by}. Set the one they were made under.`,
    ),
    `${chains} chains, ${entries} entries, ${faultsOf(report)} faults, on ${place}`,
  ];
}

await runOnDatabase(async () => {
  if (wantsHelp(process.argv.slice(2), HELP)) console.log(HELP);
  else await main();
});
