import { parseArgs } from 'node:util';
import { loadDotEnv } from '../src/config.ts';
import { type Retired, RetirementRefused, retireLedgerKey } from '../src/consent/ledger/retire-key.ts';
import { refuseWhenPending } from '../src/store/migrations.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { runOnDatabase } from './run-on-database.ts';
import { CommandFailure, databaseInUse } from './running-demo.ts';
import { loadVerificationKeys } from './verification-keys.ts';

const HELP = `npm run retire-ledger-key -- VERSION [--lost]

Retires a key of LEDGER_KEY that was lost, or that somebody else may have. First put a new key before it in LEDGER_KEY and
restart every process, so that no process signs with the old key any more. This command then checks each ledger and writes
the result into it, signed with the new key. From then on a new signature of the old key is a fault, and earlier ones count
because the result confirms them.
  VERSION   name of the key in LEDGER_KEY
  --lost    the key is gone, so its signatures cannot be checked; each result says so
  --help    print this help
Afterwards remove the key from LEDGER_KEY everywhere. If the command was interrupted, run it again.
It uses the same database and keys as npm run verify-ledger. The exit code is 1 if a ledger has a fault; the fault remains.`;

type Wanted = { version: string; lost: boolean };

/** Reads the command line. Returns null if it asks for help; throws `CommandFailure` if it is not valid. */
function readOptions(args: readonly string[]): Wanted | null {
  const options = { lost: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return null;
    const [version = ''] = positionals;
    if (positionals.length === 1 && /^[\w.-]+$/.test(version)) return { version, lost: values.lost === true };
  } catch (error) {
    throw new CommandFailure(
      `${error instanceof Error ? error.message : 'The command line is not valid.'}\n\n${HELP}`,
    );
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
      if (chains >= 5000) console.log(`${chains} ledgers checked so far`);
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
