import { parseArgs } from 'node:util';
import { loadDotEnv } from '../src/config.ts';
import { type Retired, RetirementRefused, retireLedgerKey } from '../src/consent/ledger/retire-key.ts';
import { refuseWhenPending } from '../src/store/migrations.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { runOnDatabase } from './run-on-database.ts';
import { CommandFailure, databaseInUse } from './running-demo.ts';
import { loadVerificationKeys } from './verification-keys.ts';

const HELP = `npm run retire-ledger-key -- VERSION [--lost]

Ends a key of LEDGER_KEY that was lost, or that somebody else may have. First put a new key before it and restart every
process, so that nothing signs with it any more. This command then checks each ledger and writes what it found, signed by the
new key. From then on what the old key signs is a fault, and what it signed before counts by that attestation.
  VERSION   name of the key, as it stands in LEDGER_KEY
  --lost    the key is gone, so that its signatures cannot be checked; each attestation says so
  --help    this
Afterwards take the key out of LEDGER_KEY everywhere. Where the command was cut off, run it again.
Reads what npm run verify-ledger reads. Exit code 1 where a ledger is at fault: it stays so.`;

type Wanted = { version: string; lost: boolean };

/** What the command line asks for; null where it asks for help. Throws `Stop`. */
function readOptions(args: readonly string[]): Wanted | null {
  const options = { lost: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return null;
    const [version = ''] = positionals;
    if (positionals.length === 1 && /^[\w.-]+$/.test(version)) return { version, lost: values.lost === true };
  } catch (error) {
    throw new CommandFailure(`${error instanceof Error ? error.message : 'That cannot be read.'}\n\n${HELP}`);
  }
  throw new CommandFailure(`Name one key of LEDGER_KEY.\n\n${HELP}`);
}

async function retire({ version, lost }: Wanted): Promise<void> {
  loadDotEnv();
  const { uri, place } = await databaseInUse();
  const keys = loadVerificationKeys();
  const store = await openStore({ uri, database: DATABASE });
  try {
    await refuseWhenPending(store);
    const progress = ({ chains }: Retired): void => {
      if (chains >= 5000) console.log(`${chains} ledgers so far`);
    };
    const done = await retireLedgerKey(store, keys, { version, lost, now: () => new Date(), progress });
    for (const { contact, seq, what } of done.faulty)
      console.log(`contact ${contact}, entry ${seq}: ${what}`);
    console.log(
      `The key ${version} is retired: ${done.chains} ledgers attested, ${done.faulty.length} of them at fault, on ${place}. Take it out of LEDGER_KEY everywhere.`,
    );
    if (done.faulty.length > 0) process.exitCode = 1;
  } catch (error) {
    throw error instanceof RetirementRefused ? new CommandFailure(error.message) : error;
  } finally {
    await store.close();
  }
}

await runOnDatabase(async () => {
  const wanted = readOptions(process.argv.slice(2));
  if (wanted === null) console.log(HELP);
  else await retire(wanted);
});
