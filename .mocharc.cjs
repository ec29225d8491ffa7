const { readdirSync } = require('node:fs');
const { basename, join } = require('node:path');

const TEST = /\.(test|e2e)\.ts$/;
const BROWSER = /\.e2e\.ts$/;
const LONG = /\.long\.test\.ts$/;
const CLIENTS = /\.clients\.test\.ts$/;
const NAMED = /^(\.\/)?test\/|\.(test|e2e)\.ts$/;

/** Which files each command runs, by the variable that it sets. */
const KINDS = {
  short: (path) => !LONG.test(path) && !BROWSER.test(path) && !CLIENTS.test(path),
  long: (path) => LONG.test(path),
  all: (path) => !BROWSER.test(path) && !CLIENTS.test(path),
  clients: (path) => CLIENTS.test(path),
  e2e: (path) => BROWSER.test(path),
};

/**
 * By the files' own names, not by their folders: the tests of one folder wait, or compute, all alike, and side by side they leave
 * a core idle or starve each other.
 */
function inMixedOrder() {
  const belongs = KINDS[process.env.ASSENT_TESTS ?? 'short'];
  if (belongs === undefined) throw new Error(`ASSENT_TESTS is one of ${Object.keys(KINDS).join(', ')}`);
  const files = readdirSync(join(__dirname, 'test'), { recursive: true }).filter((path) => TEST.test(path));
  const named = files.map((path) => [basename(path), join('test', path)]).filter(([, path]) => belongs(path));
  return named.sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, path]) => path);
}

/** Files at once. Tests of faults measure waits of a second or two, which a machine with more work than cores stretches. */
const JOBS = (process.env.ASSENT_TESTS ?? 'short') === 'short' ? 4 : 2;

module.exports = {
  // All of them, unless the command names some.
  ...(process.argv.slice(2).some((one) => NAMED.test(one)) ? {} : { spec: inMixedOrder() }),
  extension: ['ts'],
  'node-option': ['import=tsx'],
  require: ['test/support/mongod.ts'],
  parallel: true,
  jobs: JOBS,
  timeout: 60000,
  exit: false,
  reporter: 'dot',
  'forbid-only': true,
  'forbid-pending': true,
};
