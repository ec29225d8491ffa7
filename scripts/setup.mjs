// Plain JavaScript on purpose: it runs before anything is installed, and on a Node that is too old says so.
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

/** What a build is made of, as tsconfig.build.json says it. */
const BUILT = ['src', 'webhooks', 'scripts', join('templates', 'words')];
const NOT_BUILT = ['scripts/bench', 'scripts/crash'];

const HELP = `node scripts/setup.mjs [--packages | --built]

Makes a fresh clone ready: installs the locked packages when they are missing or stale, and makes sure that a mongod can
be found (none is needed when MONGODB_URI is set). Does nothing when all is in place.

  --packages  only the packages
  --built     only what \`npm start\` needs: a build, made when there is none; one older than the sources is told of
  --help      this text
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
    // Never built anew by itself: processes of the old version may still run from it.
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

/** When a source of the folder was last written, ms; 0 where there is none. A link that leads nowhere is none. */
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
      // npm goes on when we are killed: the lock is its as well.
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

/** Whether npm's own record of what it installed agrees with the lock: a developer's `npm install` is left alone. */
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

/** Two set-ups of one clone take turns: `npm ci` empties node_modules first. */
async function takeLock() {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const file = join(tmpdir(), `assent-setup-${name}`);
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let told = false; !linked(own, file); ) {
      const owner = readOr(file, '');
      if (owner !== '' && !owner.split(' ').some(isAlive)) {
        takeAway(file, owner);
        continue;
      }
      if (!told) say(`another set-up (pid ${owner.split(' ')[0]}) is at work, waiting ...`);
      told = true;
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

/** A hard link appears with its content, or not at all. */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (failure) {
    if (failure.code === 'EEXIST') return false;
    throw failure;
  }
}

/** Removes the lock of a dead set-up; a lock that another waiter made meanwhile is put back. */
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

/** What `act` gives; null where the file is not there. Any other failure is the operator's to see to. */
function unlessGone(file, act) {
  try {
    return act();
  } catch ({ code, message }) {
    if (code === 'ENOENT') return null;
    throw new Error(`${file} is in the way: ${message}. Remove it, or run as its owner.`);
  }
}

/** npm of the command that called us, or the one on the PATH. */
function npm(args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script, ...args]] : ['npm', args];
}

/** Runs in the project's folder; its standard output goes to ours for errors, so that a command's own output stays clean. */
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

/** Does what the options ask, and whether it could: a failure is told, and the process will end with 1. */
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
