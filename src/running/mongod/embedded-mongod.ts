import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MongoInstance } from 'mongodb-memory-server-core/lib/util/MongoInstance.js';
import { embeddedAddress, KEY_FILE, PORT_FILE, REPLICA_SET } from './address.ts';
import { findMongod, type Mongod, MongodError, missingLibraries } from './find-mongod.ts';
import { becomePrimary } from './replica-set.ts';

/**
 * A running one-node replica set. `stop` shuts it down cleanly and keeps the data; `uri` names no database. `ended` resolves
 * once it has ended, told to or not.
 */
export type EmbeddedMongod = { uri: string; pid: number; stop: () => Promise<void>; ended: Promise<void> };

const LAUNCH_MS = 60_000;
const ATTEMPTS = 3;
const OWNER_ONLY = 0o600;
const ARGUMENTS = [
  ['--oplogSize', '1024'],
  ['--slowms', '2000'],
  // A socket file would outlive a kill -9.
  ['--nounixsocket'],
  // Every user of the machine reaches the port. Without this the first of them could make an account before we have one.
  ['--setParameter', 'enableLocalhostAuthBypass=false'],
  // CVE-2025-14847 reads memory of a mongod older than 6.0.27, unasked for a password, through what decompresses messages.
  ['--networkMessageCompressors', 'disabled'],
  // A guessed password is no danger to a random key: each new connection is spared the work.
  ['--setParameter', 'scramSHA256IterationCount=5000'],
  // A set of one has nobody to hand over to; the default waits 15 s for that at every end.
  ['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'],
  // A killed process leaves its transaction open, and its people's rows blocked, for so long (default 60); ours take a moment.
  ['--setParameter', 'transactionLifetimeLimitSeconds=3'],
  // Nobody here reads an older moment. To keep five minutes of them, the default, is 6 % of its work under texts, and the files of a
  // dropped database stay open as long: those of a whole run of tests are more than a process may open.
  ['--setParameter', 'minSnapshotHistoryWindowInSeconds=5'],
  // Not as the library's own option: it would end mongod over a connection, which is slow and loud when there is none.
  ['--replSet', REPLICA_SET],
].flat();

/** What a database beside other programs may keep in memory. */
const SMALL_CACHE = ['--wiredTigerCacheSizeGB', '0.5'];

export type MongodOptions = {
  dataDir: string;
  log: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  /** As much memory as mongod takes by itself, half of the machine's; absent: half a GB. */
  ownCache?: true;
};

/**
 * Starts mongod on `dataDir`/mongo, or continues what a former run left there, also after kill -9. It ends with this
 * process, at the latest about two seconds after it. The caller holds the lock of `dataDir`.
 * Throws MongodError, fit to be printed, when it cannot.
 */
export async function startEmbeddedMongod({
  dataDir,
  log,
  env = process.env,
  ownCache,
}: MongodOptions): Promise<EmbeddedMongod> {
  const dbPath = join(dataDir, 'mongo');
  await mkdir(dbPath, { recursive: true, mode: 0o700 }).catch((failure: Error) => {
    throw new MongodError(
      `The folder ${dbPath} cannot be made: ${failure.message}. Set DATA_DIR to a writable one.`,
    );
  });
  await formerOwnerGone(dbPath, log);
  const mongod = await findMongod({ env, log });
  const key = await ownKey(join(dataDir, KEY_FILE));
  const args = [...ARGUMENTS, '--keyFile', join(dataDir, KEY_FILE), ...(ownCache ? [] : SMALL_CACHE)];
  const { instance, events, port } = await launchOnFreePort(
    mongod,
    { dbPath, args },
    join(dataDir, PORT_FILE),
  );
  const pid = instance.mongodProcess?.pid ?? 0;
  const stop = async () => {
    await instance.stop();
  };
  const ended = once(instance, events.instanceClosed).then(() => undefined);
  try {
    await becomePrimary(port, key);
  } catch (failure) {
    await stop();
    throw failure;
  }
  log(`mongod ${mongod.version} runs on port ${port} (pid ${pid}), data in ${dbPath}`);
  return { uri: embeddedAddress(port, key), pid, stop, ended };
}

/** The key of the database: made once, readable by its owner alone, and made anew where it was lost. */
async function ownKey(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (/^[0-9a-f]{64}$/.test(kept)) {
    await chmod(file, OWNER_ONLY);
    return kept;
  }
  const key = randomBytes(32).toString('hex');
  // Renamed into place: it is there whole or not at all.
  await writeFile(`${file}.new`, key, { mode: OWNER_ONLY, flush: true });
  await rename(`${file}.new`, file);
  return key;
}

/** Only where one is started: it brings a database client of its own, which takes a third of a second to load. */
const loadLibrary = () => import('mongodb-memory-server-core/lib/util/MongoInstance.js');
type Library = Awaited<ReturnType<typeof loadLibrary>>;

type Data = { dbPath: string; args: string[] };
type Launched = { instance: MongoInstance; events: Library['MongoInstanceEvents']; port: number };

/** The port of the former run again where it is free, so that the set keeps its address. */
async function launchOnFreePort(mongod: Mongod, data: Data, portFile: string): Promise<Launched> {
  const library = await loadLibrary();
  let port = Number(await readFile(portFile, 'utf8').catch(() => '0'));
  for (let attempt = 1; ; attempt += 1) {
    port = await freePort(port);
    try {
      const instance = await launch(library, mongod, data, port);
      await writeFile(portFile, String(port), { mode: OWNER_ONLY });
      await chmod(portFile, OWNER_ONLY);
      return { instance, events: library.MongoInstanceEvents, port };
    } catch (failure) {
      const raced = failure instanceof Error && /already in use/i.test(failure.message);
      if (!raced || attempt === ATTEMPTS) throw failure;
      port = 0;
    }
  }
}

async function launch(
  { MongoInstance, MongoInstanceEvents }: Library,
  mongod: Mongod,
  { dbPath, args }: Data,
  port: number,
): Promise<MongoInstance> {
  const instance = new MongoInstance({
    instance: {
      port,
      dbPath,
      ip: '127.0.0.1',
      auth: true,
      storageEngine: 'wiredTiger',
      args,
      launchTimeout: LAUNCH_MS,
    },
    binary: { systemBinary: mongod.path, version: mongod.version },
    // Its own process group: Ctrl-C in the terminal must reach us first, so that we drain before the database goes.
    spawn: { detached: true },
  });
  // The library takes each chunk for one line of JSON, and throws where the last lines of a failed start come in one.
  instance.stdoutHandler = byLine(instance.stdoutHandler.bind(instance));
  const complaints: string[] = [];
  const keep = (text: string) =>
    complaints.push(...text.split('\n').filter((line) => !/"s":"[ID]/.test(line)));
  instance.on(MongoInstanceEvents.instanceSTDOUT, keep);
  instance.on(MongoInstanceEvents.instanceSTDERR, keep);
  try {
    await instance.start();
  } catch (failure) {
    await instance.stop();
    throw explainStart({ failure, complaints, dbPath, version: mongod.version });
  }
  instance.off(MongoInstanceEvents.instanceSTDOUT, keep);
  instance.off(MongoInstanceEvents.instanceSTDERR, keep);
  return instance;
}

/** `wanted` when it can be bound, else one the system picks. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => (wanted === 0 ? reject(new Error('no free port')) : resolve(freePort(0))));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : wanted));
    });
  });
}

/** Hands on whole lines, however they come in chunks. What comes after the last line break waits for its own. */
export function byLine(take: (line: string) => void): (chunk: string | Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(line);
  };
}

type FailedStart = { failure: unknown; complaints: string[]; dbPath: string; version: string };

/** What to tell the operator about a mongod that did not start; `complaints` are its own lines, newest last. */
export function explainStart({ failure, complaints, dbPath, version }: FailedStart): MongodError {
  const message = failure instanceof Error ? failure.message : String(failure);
  const all = `${message}\n${complaints.join('\n')}`;
  const libraries = missingLibraries(all);
  if (libraries)
    return new MongodError(`mongod needs system libraries that are missing: ${libraries.join(', ')}`);
  if (/address already in use|already in use/i.test(message)) return new MongodError(message);
  if (/DBPathInUse|Unable to lock the lock file/i.test(all)) {
    return new MongodError(`Another mongod is using ${dbPath}.\nEnd it, or set DATA_DIR to another folder.`);
  }
  if (
    /IncompatibleServerVersion|featureCompatibilityVersion|unsupported WiredTiger file version|Wrong mongod version/i.test(
      all,
    )
  ) {
    return new MongodError(
      `mongod ${version} cannot read the data in ${dbPath}: another release of MongoDB wrote it.\nPut that release on the PATH, or set DATA_DIR to another folder.`,
    );
  }
  if (/No space left|ENOSPC/i.test(all)) return new MongodError(`The disk that holds ${dbPath} is full.`);
  if (/permission denied|read-only|IllegalOperation: Attempted to create a lock file/i.test(all)) {
    return new MongodError(
      `mongod may not write to ${dbPath}.\nCorrect its owner and mode, or set DATA_DIR to another folder.`,
    );
  }
  const last = complaints.at(-1)?.slice(0, 300);
  return new MongodError(
    [`mongod did not start on ${dbPath}: ${message.split('\n')[0]}`, last].filter(Boolean).join('\n'),
  );
}

/** A mongod whose Assent was killed gets its own SIGTERM within two seconds; then it needs a moment to shut down. */
const PATIENCE_MS = 20_000;

/**
 * Waits until no mongod of a former run holds this folder. A lock file of a dead process is no obstacle.
 * Throws MongodError when a living one stays.
 */
export async function formerOwnerGone(
  dbPath: string,
  log: (line: string) => void,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let waited = false; ; waited = true) {
    const pid = await owner(dbPath);
    if (pid === undefined) return;
    if (performance.now() > deadline) {
      throw new MongodError(
        `Another mongod (pid ${pid}) is using ${dbPath}.\nEnd it, or set DATA_DIR to another folder.`,
      );
    }
    if (!waited) log(`waiting for the mongod of the last run (pid ${pid}) to end ...`);
    await sleep(100);
  }
}

async function owner(dbPath: string): Promise<number | undefined> {
  // mongod empties the file on a clean end and leaves its pid in it after a kill.
  const text = await readFile(join(dbPath, 'mongod.lock'), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  // Process ids are used again: where the system tells, it must be a mongod.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined || /^([^\0]*\/)?mongod[^/\0]*(\0|$)/.test(command) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM';
  }
}
