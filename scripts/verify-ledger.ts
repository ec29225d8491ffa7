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

Checks the ledger of every contact. It reports
- the first entry that was changed, removed, added or moved, or that this installation did not sign;
- contacts whose subscription disagrees with their ledger, or who are found by a number that is not theirs;
- recorded texts, messages and opt-outs that are missing from the ledger;
- people whose ledger or contact is missing;
- how many ledgers could not be opened.
It cannot see that somebody removed the last entries of a ledger together with everything they caused, or a person with
everything about them. To find that, compare the counts with those of an earlier check (docs/evidence.md).
It reads MONGODB_URI, or the embedded database while npm start or npm run demo runs on DATA_DIR, and its KEYRING, LEDGER_KEY
and BLIND_INDEX_KEY. Without BLIND_INDEX_KEY it does not check by which number a contact is found.
It changes nothing. The exit code is 1 if there is a fault.
  --help    print this help`;

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
