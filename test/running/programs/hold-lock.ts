import { lockDataDir } from '../../../src/running/data-dir-lock.ts';

/** Takes the lock of the folder that it is given, says "held" and keeps it until it is ended. */
const [dataDir = ''] = process.argv.slice(2);
try {
  const release = lockDataDir(dataDir);
  process.once('SIGTERM', () => {
    release();
    process.exit(0);
  });
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
} catch (failure) {
  process.stdout.write(`${(failure as Error).message}\n`);
  process.exitCode = 1;
}
