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
 * A running one-node replica set. `stop` shuts it down cleanly and keeps the data. `uri` names no database. `ended`
 * resolves when mongod has ended, by `stop` or by itself.
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
  // Every user of the machine can reach the port. Without this option the first of them could create an account
  // before we do.
  ['--setParameter', 'enableLocalhostAuthBypass=false'],
  // CVE-2025-14847: through message decompression, a client without a password can read memory of a mongod older
  // than 6.0.27.
  ['--networkMessageCompressors', 'disabled'],
  // The key is random, so guessing it is hopeless. Fewer iterations make each new connection cheaper.
  ['--setParameter', 'scramSHA256IterationCount=5000'],
  // A set of one has no other member to step down to. By default mongod waits 15 s for one at every shutdown.
  ['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'],
  // A killed process leaves its transaction open, which blocks the rows of its people for this long (default 60 s).
  // Our transactions take a moment.
  ['--setParameter', 'transactionLifetimeLimitSeconds=3'],
  // No query here reads an older snapshot. Keeping five minutes of them, the default, costs 6 % of mongod's work
  // under inbound texts. It also keeps the files of a dropped database open as long: a whole test run would need
  // more files than a process may open.
  ['--setParameter', 'minSnapshotHistoryWindowInSeconds=5'],
  // Not as the library's own option: with that one the library ends mongod over a connection, which is slow, and
  // noisy when there is none.
  ['--replSet', REPLICA_SET],
].flat();

/** Cache limit of a database that shares the machine with other programs. */
const SMALL_CACHE = ['--wiredTigerCacheSizeGB', '0.5'];

export type MongodOptions = {
  dataDir: string;
  log: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  /** Lets mongod take its default share of memory, half of the machine's. Absent: half a GB. */
  ownCache?: true;
};

/**
 * Starts mongod on `dataDir`/mongo, or continues what a former run left there, also after kill -9. mongod ends with
 * this process, at most about two seconds after it. The caller holds the lock of `dataDir`. Throws MongodError,
 * whose message may be printed as it is.
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

/** The key of the database: created once, readable by its owner alone, and created anew when it was lost. */
async function ownKey(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (/^[0-9a-f]{64}$/.test(kept)) {
    await chmod(file, OWNER_ONLY);
    return kept;
  }
  const key = randomBytes(32).toString('hex');
  // Renamed into place, so that the file is there whole or not at all.
  await writeFile(`${file}.new`, key, { mode: OWNER_ONLY, flush: true });
  await rename(`${file}.new`, file);
  return key;
}

/**
 * Imported only when a mongod is started: the library has a database client of its own, which takes a third of a
 * second to load.
 */
const loadLibrary = () => import('mongodb-memory-server-core/lib/util/MongoInstance.js');
type Library = Awaited<ReturnType<typeof loadLibrary>>;

type Data = { dbPath: string; args: string[] };
type Launched = { instance: MongoInstance; events: Library['MongoInstanceEvents']; port: number };

/** Uses the port of the former run when it is free, so that the replica set keeps its address. */
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
    // A process group of its own: Ctrl-C in the terminal must reach this process first, so that it drains before
    // the database ends.
    spawn: { detached: true },
  });
  // The library takes each chunk for one line of JSON, and throws when the last lines of a failed start come in one
  // chunk.
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

/** Returns `wanted` when that port can be bound, otherwise a port that the system picks. */
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

/** Splits chunks into whole lines. Text after the last line break waits for the rest of its line. */
export function byLine(take: (line: string) => void): (chunk: string | Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(line);
  };
}

type FailedStart = { failure: unknown; complaints: string[]; dbPath: string; version: string };

/** The error for the operator about a mongod that did not start. `complaints` are mongod's own lines, newest last. */
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

/**
 * How long to wait for a mongod whose Assent was killed: it gets its own SIGTERM within two seconds and then needs
 * a moment to shut down.
 */
const PATIENCE_MS = 20_000;

/**
 * Waits until no mongod of a former run holds this folder. A lock file of a dead process does not matter. Throws
 * MongodError when a living mongod stays.
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
  // mongod empties the file on a clean shutdown, and leaves its pid in the file after a kill.
  const text = await readFile(join(dbPath, 'mongod.lock'), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  // Process ids are reused: where the system can tell, the process must be a mongod.
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
