import { loadConfig, loadDotEnv } from '../src/config.ts';
import { verifyLedger } from '../src/consent/ledger/verify-ledger.ts';
import { DATABASE } from '../src/open-desk.ts';
import { madeSecrets, withSecrets } from '../src/running/keys-file.ts';
import { openStore } from '../src/store/store.ts';
import { runOnDatabase } from './run-on-database.ts';
import { embeddedUri } from './running-demo.ts';

const HELP = `npm run verify-ledger

Walks the hash chain of every holder and names each entry that was changed, dropped, added or moved.
Reads MONGODB_URI, or the database of the demo that runs on DATA_DIR. Changes nothing. Exit code 1 on a fault.`;

async function main(): Promise<void> {
  loadDotEnv();
  const dataDir = process.env.DATA_DIR || '.data';
  const uri = process.env.MONGODB_URI || (await embeddedUri());
  // Of keys made here and now every entry would look broken.
  const env = { ...process.env, MONGODB_URI: uri };
  const { keyRing } = loadConfig(withSecrets(env, madeSecrets(dataDir) ?? {}));
  const store = await openStore({ uri, database: DATABASE });
  try {
    const report = await verifyLedger(store, keyRing, ({ chains }) => {
      if (chains >= 5000) console.log(`${chains} chains so far`);
    });
    for (const { contact, seq, what } of report.faults)
      console.log(`contact ${contact}, entry ${seq}: ${what}`);
    if (report.strays > 0) console.log(`${report.strays} chains belong to no contact`);
    console.log(
      `${report.chains} chains, ${report.entries} entries, ${report.faults.length + report.strays} faults`,
    );
    if (report.faults.length + report.strays > 0) process.exitCode = 1;
  } finally {
    await store.close();
  }
}

if (process.argv.includes('--help')) console.log(HELP);
else await runOnDatabase(main);
