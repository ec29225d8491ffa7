import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../src/config.ts';

const run = promisify(execFile);

const LISTS = join(ROOT, 'test', 'clients', 'tools');

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * The folder with the packages of `test/clients/tools` installed. The first call installs them under `dist`, by their
 * lockfile, which takes half a minute and needs the registry of npm.
 */
export async function toolFolder(): Promise<string> {
  const lock = await readFile(join(LISTS, 'package-lock.json'));
  const folder = join(
    ROOT,
    'dist',
    `client-tools-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`,
  );
  if (await exists(folder)) return folder;
  const begun = `${folder}-${process.pid}`;
  await mkdir(begun, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) await cp(join(LISTS, name), join(begun, name));
  await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: begun }).catch(
    ({ stderr, message }) => {
      throw new Error(
        `The tools for clients could not be installed; they need the registry of npm:\n${stderr || message}`,
      );
    },
  );
  // Renamed at the end, so that an interrupted installation is begun again. Another process may have been first.
  await rename(begun, folder).catch(() => rm(begun, { recursive: true }));
  return folder;
}
