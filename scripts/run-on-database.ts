import { UnfitServer } from '../src/store/connection.ts';
import { sayDatabaseFailure } from '../src/store/database-errors.ts';
import { DatabaseNewer, MigrationsPending, PreReleaseDatabase } from '../src/store/migrations.ts';
import { KeyMissing } from '../src/store/sealing/keys.ts';
import { IndexKeysDiffer, KeyRingDiffers, LedgerKeyDiffers } from '../src/store/startup-checks.ts';
import { CommandFailure, runCommand } from './running-demo.ts';

/** Failures whose own words say what to do. */
const TOLD = [
  ...[MigrationsPending, DatabaseNewer, PreReleaseDatabase],
  ...[UnfitServer, KeyRingDiffers, IndexKeysDiffer, LedgerKeyDiffers],
];

/** A failure on a database as a `Stop`, where it is known what to do about it; else as it is. Shows nothing of the address. */
export function inWords(error: unknown): unknown {
  if (error instanceof KeyMissing)
    return new CommandFailure(`KEYRING lacks a key that this database needs: ${error.message}.`);
  const words = TOLD.some((kind) => error instanceof kind)
    ? (error as Error).message
    : sayDatabaseFailure(error);
  return words === null ? error : new CommandFailure(words);
}

/** Runs a command that works on the database: like `runCommand`, which loads no driver. */
export function runOnDatabase(command: () => Promise<void>): Promise<void> {
  return runCommand(() =>
    command().catch((error: unknown) => {
      throw inWords(error);
    }),
  );
}
