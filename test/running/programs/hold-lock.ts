import { lockDataDir } from '../../../src/running/data-dir-lock.ts';
import { lockSpool } from '../../../src/running/spool-lock.ts';

/** Takes the lock of the folder that it is given, as a data folder or as a spool, says "held" and keeps it until it is ended. */
const [folder = '', kind = 'data'] = process.argv.slice(2);
const log = { info: (_: unknown, line: string) => process.stdout.write(`${line}\n`) };
try {
  const release = kind === 'spool' ? (await lockSpool(folder, log)).release : lockDataDir(folder);
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
