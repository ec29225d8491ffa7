import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import type { Logger } from 'pino';
import { type Config, ConfigError, isLoopback, loadDotEnv, loadGatewayConfig, NODE_FLAGS } from './config.ts';
import { lockDataDir } from './running/data-dir-lock.ts';
import { createLog } from './running/log.ts';
import type { EmbeddedMongod } from './running/mongod/embedded-mongod.ts';
import { sayDatabaseFailure } from './store/database-errors.ts';
import { migrate } from './store/migrations.ts';
import { assertNotDemo } from './store/startup-checks.ts';
import { DATABASE, openStore } from './store/store.ts';

type Started = {
  stop: () => Promise<void>;
  /** Announces the shutdown, and how long it may take, in seconds. */
  sayEnding: (seconds: number) => void;
  /**
   * Resolves when a child process or the database ends by itself, which is a failure of the whole. Absent for a
   * single role, which has neither.
   */
  failed?: Promise<void>;
};

const say = (line: string): void => {
  console.log(line);
};

/** Starts one role in this process, or both roles as its children. */
async function start(config: Config): Promise<Started> {
  if (config.role === 'all') {
    const { stop, failed } = await startAll(config);
    return { stop, failed, sayEnding: (seconds) => say(`Ending; at most ${seconds} s.`) };
  }
  const log = createLog(config.logLevel, config.role);
  // A configuration of these roles is invalid without MONGODB_URI, so the empty string is never used.
  const own = { ...config, mongodbUri: config.mongodbUri ?? '' };
  // Web and worker may share a machine: the web process must get the processor first, so that an opt-out is
  // answered before the next campaign message is sent.
  if (config.role === 'worker') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  // Imported here, so that each process loads only the code of its own role, and none of either when the
  // configuration is invalid or both roles are children.
  const running =
    config.role === 'web'
      ? await startWebRole(own, log)
      : await (await import('./worker.ts')).startWorker(own, log);
  return { stop: running.stop, sayEnding: (seconds) => log.info({ seconds }, 'ending') };
}

/** Says how the first admin comes in. The link goes to the terminal and not to the log, which others read. */
async function startWebRole(config: Config & { mongodbUri: string }, log: Logger) {
  const running = await (await import('./web.ts')).startWeb(config, log);
  if (running.firstLink !== null) {
    say(`Nobody can sign in yet. Open this link within 24 hours to become the admin; it works once:`);
    say(`  ${running.firstLink}`);
  }
  return running;
}

async function startAll(config: Config) {
  const unlock = config.mongodbUri === undefined ? lockDataDir(config.dataDir) : () => undefined;
  const mongod = config.mongodbUri === undefined ? await embedded(config.dataDir) : null;
  const uri = config.mongodbUri ?? mongod?.uri ?? '';
  if (mongod !== null) {
    await migrateEmbedded(uri, config).catch(async (error: unknown) => {
      await mongod.stop().catch(() => undefined);
      throw error;
    });
  }
  const children = (['web', 'worker'] as const).map((role) => startRole(role, uri));
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(children.map(endChild));
    await mongod?.stop();
    unlock();
  };
  const database = mongod?.ended.then(() => {
    if (!stopping) say('mongod ended');
  });
  const parts = [...children.map((child) => once(child, 'exit')), ...(database ? [database] : [])];
  return { stop, failed: Promise.race(parts).then(() => undefined) };
}

/**
 * Imports the embedded database only when it is needed: child processes, and installations with a database of their
 * own, never load its code.
 */
async function embedded(dataDir: string): Promise<EmbeddedMongod> {
  const { startEmbeddedMongod } = await import('./running/mongod/embedded-mongod.ts');
  return startEmbeddedMongod({ dataDir, log: say });
}

/** Migrates the embedded database at once: no other process uses it, so there is nothing to wait for. */
async function migrateEmbedded(uri: string, { dataDir, twilio }: Config): Promise<void> {
  const store = await openStore({ uri, database: DATABASE });
  if (!isLoopback(twilio.apiBase)) await assertNotDemo(store, dataDir);
  const ran = await migrate(store, () => new Date());
  await store.close();
  if (ran.length > 0) say(`Migrated: ${ran.join(', ')}`);
}

/** Starts a role as a child process. The child ends when this process ends, however this process ends. */
function startRole(role: 'web' | 'worker', uri: string): ChildProcess {
  const child = fork(import.meta.filename, [], {
    execArgv: [...process.execArgv, ...NODE_FLAGS[role]],
    env: { ...process.env, ROLE: role, MONGODB_URI: uri },
  });
  child.once('exit', (code) => {
    if (child.exitCode !== 0) say(`${role} ended with ${code ?? child.signalCode}`);
  });
  return child;
}

function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/**
 * Ends on SIGTERM or SIGINT, within the announced number of seconds. When one part ends by itself, the whole
 * process ends with exit code 1, so that its supervisor restarts all of it.
 */
function runUntilEnded({ shutdownSeconds }: Config, { stop, sayEnding, failed }: Started): void {
  let ending = false;
  const end = (code: number): void => {
    if (ending) return;
    ending = true;
    sayEnding(shutdownSeconds);
    setTimeout(() => process.exit(1), shutdownSeconds * 1000).unref();
    stop().then(
      () => process.exit(code),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  failed?.then(() => end(1));
  // The parent process is gone, and nobody else would end this child.
  if (process.connected) process.once('disconnect', () => end(1));
  else if (process.send !== undefined) end(1);
}

function fail(error: unknown): never {
  const words = error instanceof Error ? error.message : 'It failed.';
  console.error(sayDatabaseFailure(error) ?? words);
  process.exit(1);
}

try {
  loadDotEnv();
  const config = loadGatewayConfig(process.env);
  runUntilEnded(config, await start(config));
  // Tells the parent process, if there is one.
  process.send?.({ kind: 'ready' });
} catch (error) {
  if (error instanceof ConfigError) console.error(error.message);
  else fail(error);
  process.exit(1);
}
