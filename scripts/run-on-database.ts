import { UnfitServer } from '../src/store/connection.ts';
import { sayDatabaseFailure } from '../src/store/database-errors.ts';
import { DatabaseNewer, MigrationsPending, PreReleaseDatabase } from '../src/store/migrations.ts';
import { KeyMissing } from '../src/store/sealing/keys.ts';
import { IndexKeysDiffer, KeyRingDiffers, LedgerKeyDiffers } from '../src/store/startup-checks.ts';
import { CommandFailure, runCommand } from './running-demo.ts';

/** Errors whose message already says what to do. */
const SELF_EXPLAINING = [
  ...[MigrationsPending, DatabaseNewer, PreReleaseDatabase],
  ...[UnfitServer, KeyRingDiffers, IndexKeysDiffer, LedgerKeyDiffers],
];

/** Turns a database error into a `CommandFailure` if it is known what to do about it; returns others as they are. Never shows the address. */
export function inWords(error: unknown): unknown {
  if (error instanceof KeyMissing)
    return new CommandFailure(`KEYRING lacks a key that this database needs: ${error.message}.`);
  const words = SELF_EXPLAINING.some((kind) => error instanceof kind)
    ? (error as Error).message
    : sayDatabaseFailure(error);
  return words === null ? error : new CommandFailure(words);
}

/** Runs a command that works on the database, like `runCommand`, and explains database errors. `runCommand` itself loads no driver. */
export function runOnDatabase(command: () => Promise<void>): Promise<void> {
  return runCommand(() =>
    command().catch((error: unknown) => {
      throw inWords(error);
    }),
  );
}
