import { loadDotEnv } from '../src/config.ts';
import { faultsOf, type LedgerReport, verifyLedger } from '../src/consent/ledger/verify-ledger.ts';
import { refuseWhenPending } from '../src/store/migrations.ts';
import { refuseKeysUnlikeMark } from '../src/store/startup-checks.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { wantsHelp } from './only-help.ts';
import { runOnDatabase } from './run-on-database.ts';
import { databaseInUse } from './running-demo.ts';
import { loadVerificationKeys } from './verification-keys.ts';

const HELP = `npm run verify-ledger

Walks the ledger of every contact. It names the first entry that was changed, dropped, added or moved, or that this
installation did not sign; each contact that is subscribed to what its ledger does not say, or is found by another number;
texts, messages and opt-outs on record that the ledger does not have; people whose ledger or contact is missing; and how
many ledgers could not be opened.
Whoever removes the last entries together with all that came with them, or a person with everything about them, is seen
only by who keeps an earlier state: compare the counts with those of an earlier walk (docs/evidence.md).
Reads MONGODB_URI, or the embedded database of npm start or npm run demo while that runs on DATA_DIR, with its KEYRING,
LEDGER_KEY and BLIND_INDEX_KEY; without the last it does not ask by which number a contact is found.
Changes nothing. Exit code 1 on a fault.`;

async function main(): Promise<void> {
  loadDotEnv();
  const { uri, place } = await databaseInUse();
  const keys = loadVerificationKeys();
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

function linesOf(report: LedgerReport, place: string): string[] {
  const { chains, entries, faults, strays, missing, locked } = report;
  return [
    ...faults.map(({ contact, seq, what }) => `contact ${contact}, entry ${seq}: ${what}`),
    ...strays.map((contact) => `contact ${contact}: there are entries and no such contact`),
    ...missing.contacts.map(
      (contact) => `contact ${contact}: there are texts or messages of it and no such contact`,
    ),
    ...(missing.suppressions === 0
      ? []
      : [`${missing.suppressions} suppressions are of numbers that no contact has or had`]),
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
