import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../src/config.ts';

/**
 * The times at which the runs begin, each just before a date that code often gets wrong: the end of a month and of a year (UTC),
 * a leap day, and both changes of the clocks in New York.
 */
const MOMENTS = [
  '2027-01-31T23:58:00Z',
  '2027-03-14T06:58:00Z',
  '2027-11-07T05:58:00Z',
  '2027-12-31T23:58:00Z',
  '2028-02-29T12:00:00Z',
  '2028-12-01T03:30:00Z',
];

const HELP = `npm run test:calendar -- [options] [test files]

Runs the tests once for each of these times, as if it were now, and says at which times they failed:
  ${MOMENTS.join('\n  ')}
libfaketime shifts the clocks of Node and mongod together. Debian's package "faketime" contains it.
  --nth N      run only time number N modulo ${MOMENTS.length}, counted from 0
  --at TIME    run at this time instead, such as 2031-07-04T12:00:00Z; may be given more than once
  --help       print this help`;

/** Debian installs libfaketime here, in a folder that is named after the architecture of the machine. */
const LIBRARIES = '/usr/lib';
const LIBRARY = join('faketime', 'libfaketimeMT.so.1');

class UsageError extends Error {}

function main(args: readonly string[]): number {
  const { values, positionals } = readOptions(args);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const library = findLibrary();
  const moments = momentsOf(values);
  const failed = moments.filter((moment) => !runAsIf(moment, library, positionals));
  for (const moment of failed) console.error(`Tests failed as if it were ${moment}.`);
  return failed.length === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        nth: { type: 'string' },
        at: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

/** Throws UsageError if a number or a time is not valid. */
function momentsOf({ nth, at }: { nth?: string; at?: string[] }): string[] {
  if (at !== undefined) {
    const wrong = at.find((moment) => Number.isNaN(Date.parse(moment)));
    if (wrong !== undefined) throw new UsageError(`--at ${wrong} is not a time such as ${MOMENTS[0]}.`);
    return at;
  }
  if (nth === undefined) return MOMENTS;
  if (!/^\d+$/.test(nth)) throw new UsageError(`--nth takes a whole number, not ${nth}.`);
  return [MOMENTS[Number(nth) % MOMENTS.length] ?? ''];
}

/** Throws UsageError, which says what to install, if the machine has no libfaketime. */
function findLibrary(): string {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [];
  const found = folders.map((folder) => join(LIBRARIES, folder, LIBRARY)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UsageError(
    'The calendar needs libfaketime: install the package "faketime" (apt-get install faketime).',
  );
}

/** Returns true if all tests pass. Every process of the run inherits the shift, so that all share one clock. */
function runAsIf(moment: string, library: string, files: readonly string[]): boolean {
  const seconds = Math.round((Date.parse(moment) - Date.now()) / 1000);
  console.log(`\nAs if it were ${moment}:`);
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/mocha/bin/mocha.js'), ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      ASSENT_TESTS: 'all',
      LD_PRELOAD: library,
      FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}`,
    },
  });
  return status === 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
