// This is plain JavaScript because it runs before anything is installed, and must be able to say that Node is too old.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const LOCK_POLL_MS = 200;

/** The folders that a build is made of, as in tsconfig.build.json. */
const BUILT = ['src', 'webhooks', 'scripts', join('templates', 'words'), join('templates', 'api')];
const NOT_BUILT = ['scripts/bench', 'scripts/crash'];

const HELP = `node scripts/setup.mjs [--packages | --built]

Prepares a fresh clone: installs the locked packages if they are missing or old, and makes sure that a mongod can be found
(none is needed if MONGODB_URI is set). Does nothing if everything is in place.

  --packages  install only the packages
  --built     prepare only what \`npm start\` needs: make a build if there is none, and report one older than the sources
  --help      print this help
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packagesStamp = join(root, 'node_modules', '.assent-lock');
const mongodStamp = join(root, 'node_modules', '.assent-mongod');

const say = (line) => process.stderr.write(`setup: ${line}\n`);

async function main(options) {
  const unknown = options.find((option) => !['--packages', '--built', '--help'].includes(option));
  if (unknown) throw new Error(`there is no option ${unknown}; see --help`);
  if (options.includes('--help')) return void process.stdout.write(HELP);
  requireNode();
  if (options.includes('--built')) return makeBuild();
  await installPackages();
  if (!options.includes('--packages')) await makeSureOfMongod();
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Node ${process.versions.node} is too old: Assent needs ${OLDEST_NODE.join('.')} or newer`);
}

async function makeBuild() {
  const built = join(root, 'dist', 'src', 'main.js');
  if (existsSync(built)) {
    // An existing build is never replaced here, because processes of the old version may still run from it.
    if (Math.max(...BUILT.map(newestIn)) > statSync(built).mtimeMs)
      say('the build in dist is older than its sources and runs as it is; to renew it: npm run build');
    return;
  }
  await installPackages();
  say('building ...');
  await run(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
}

/** The time at which a source of the folder was last written, ms; 0 if there is none. Broken links do not count. */
function newestIn(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return 0;
  const names = readdirSync(path, { recursive: true }).map((name) => join(folder, name));
  const sources = names.filter((name) => /\.(?:ts|json)$/.test(name) && !isLeftOut(name));
  const times = sources.map((name) => statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.max(0, ...times);
}

const isLeftOut = (name) => NOT_BUILT.some((folder) => name.startsWith(join(folder, sep)));

async function installPackages() {
  const wanted = wantedStamp();
  if (readOr(packagesStamp, '') === wanted) return;
  const lock = await takeLock();
  try {
    if (readOr(packagesStamp, '') === wanted) return;
    if (!installedMatchesLock()) {
      const start = Date.now();
      say('installing the locked packages (npm ci) ...');
      const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      // npm continues if this process is killed, so it holds the lock too.
      await run(...npm(args), lock.share);
      say(`packages are in place after ${Math.round((Date.now() - start) / 1000)} s`);
    }
    // Written last, so that an interrupted install is done again.
    writeFileSync(packagesStamp, wanted);
  } finally {
    lock.release();
  }
}

function wantedStamp() {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${hash} ${process.platform}-${process.arch}`;
}

/** True if npm's record of what it installed agrees with the lock file. Packages that a developer installed by hand then stay. */
function installedMatchesLock() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const locked = packagesOf(join(root, 'package-lock.json'));
  if (!installed || !locked) return false;
  const same = (path, entry) => installed[path]?.integrity === entry.integrity;
  const expected = Object.entries(locked).filter(([path]) => path !== '');
  const missing = expected.some(([path, entry]) => (installed[path] ? !same(path, entry) : !entry.optional));
  return !missing && Object.keys(installed).every((path) => locked[path]);
}

function packagesOf(file) {
  const text = readOr(file, '');
  return text === '' ? undefined : JSON.parse(text).packages;
}

async function makeSureOfMongod() {
  if (process.env.MONGODB_URI || process.env.ASSENT_TEST_MONGODB_URI || runs(readOr(mongodStamp, ''))) return;
  const { tsImport } = await import('tsx/esm/api');
  const { findMongod } = await tsImport('../src/running/mongod/find-mongod.ts', import.meta.url);
  const { path } = await findMongod({ env: process.env, log: say });
  writeFileSync(mongodStamp, path);
}

function runs(path) {
  if (path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes two set-ups of one clone take turns, because `npm ci` empties node_modules first. */
async function takeLock() {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const file = join(tmpdir(), `assent-setup-${name}`);
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let isAnnounced = false; !linked(own, file); ) {
      const owner = readOr(file, '');
      if (owner !== '' && !owner.split(' ').some(isAlive)) {
        takeAway(file, owner);
        continue;
      }
      if (!isAnnounced) say(`another set-up (pid ${owner.split(' ')[0]}) is running, waiting for it ...`);
      isAnnounced = true;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  } finally {
    rmSync(own);
  }
  return {
    share: (pid) => writeFileSync(file, `${process.pid} ${pid}`),
    release: () => rmSync(file, { force: true }),
  };
}

/** Makes a hard link, which appears together with its content or not at all. */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (failure) {
    if (failure.code === 'EEXIST') return false;
    throw failure;
  }
}

/** Removes the lock of a dead set-up, and puts back a lock that another waiting set-up made meanwhile. */
function takeAway(file, deadOwner) {
  const aside = `${file}.${process.pid}.aside`;
  if (unlessGone(file, () => renameSync(file, aside)) === null) return;
  if (readOr(aside, '') !== deadOwner) linked(aside, file);
  rmSync(aside);
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (failure) {
    return failure.code === 'EPERM';
  }
}

const readOr = (file, otherwise) => unlessGone(file, () => readFileSync(file, 'utf8')) ?? otherwise;

/** Returns the result of `act`, or null if the file does not exist. Throws any other failure with what the operator must do. */
function unlessGone(file, act) {
  try {
    return act();
  } catch ({ code, message }) {
    if (code === 'ENOENT') return null;
    throw new Error(`${file} is in the way: ${message}. Remove it, or run as its owner.`);
  }
}

/** The npm that started this script, or the one on the PATH. */
function npm(args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script, ...args]] : ['npm', args];
}

/** Runs a command in the folder of the project. Its standard output goes to our standard error, so that the output of the calling command stays clean. */
function run(command, args, started = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (child.pid !== undefined) started(child.pid);
    child.on('error', (failure) => reject(new Error(`${command} could not be started: ${failure.message}`)));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${[command, ...args].join(' ')} ended with ${code}`)),
    );
  });
}

/** Does what the options ask. Prints a failure, sets exit code 1, and returns false. */
export async function setUp(options) {
  try {
    await main(options);
    return true;
  } catch (failure) {
    say(failure instanceof Error ? failure.message : String(failure));
    process.exitCode = 1;
    return false;
  }
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await setUp(process.argv.slice(2));
