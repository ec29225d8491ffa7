import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../src/config.ts';

const run = promisify(execFile);

const MAKER = fileURLToPath(new URL('environment.py', import.meta.url));
const WHAT_TO_INSTALL =
  'The tests of Python clients need Python 3.9 or later with pip 22.3 or later. On Debian and Ubuntu: apt-get install python3 python3-pip';

/** A package with its exact version; extras in brackets are allowed. */
const PINNED = /^[A-Za-z\d][A-Za-z\d._-]*(?:\[[A-Za-z\d,._-]+\])?==\d[A-Za-z\d.+!]*$/;

/**
 * Gives the path of a Python that has these packages, each as `name==version`. The first call with a list makes a virtual
 * environment under `dist`, which takes a minute; later calls use that environment again.
 * @throws Error where a package is not pinned, where Python or pip is missing, and where pip fails.
 */
export async function pythonWith(packages: string[]): Promise<string> {
  const loose = packages.find((name) => !PINNED.test(name));
  if (loose !== undefined)
    throw new Error(`The Python package '${loose}' needs an exact version: name==1.2.3`);
  const pins = [...packages].sort();
  const hash = createHash('sha256').update(pins.join('\n')).digest('hex').slice(0, 12);
  const folder = join(ROOT, 'dist', `python-${hash}`);
  await requireInstaller();
  await run('python3', [MAKER, folder, ...pins]).catch(({ stderr, message }) => {
    throw new Error(`The Python packages ${pins.join(' ')} could not be installed:\n${stderr || message}`);
  });
  return join(folder, 'bin', 'python');
}

const CHECK = 'import sys, venv, pip; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))';

async function requireInstaller(): Promise<void> {
  await run('python3', ['-c', CHECK]).catch(() => {
    throw new Error(WHAT_TO_INSTALL);
  });
}
