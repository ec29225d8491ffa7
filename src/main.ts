import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
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
  /** Says that it ends, and how long that may take, in seconds. */
  sayEnding: (seconds: number) => void;
  /** Resolves where a part of it ends by itself, which is a failure of the whole; absent where it has no parts. */
  failed?: Promise<void>;
};

const say = (line: string): void => {
  console.log(line);
};

/** One role in this process, or both as children of this one. */
async function start(config: Config): Promise<Started> {
  if (config.role === 'all') {
    const { stop, failed } = await startAll(config);
    return { stop, failed, sayEnding: (seconds) => say(`Ending; at most ${seconds} s.`) };
  }
  const log = createLog(config.logLevel, config.role);
  // No configuration of these roles is valid without one.
  const own = { ...config, mongodbUri: config.mongodbUri ?? '' };
  // On a machine that both share, an opt-out is answered before the next message of a campaign goes.
  if (config.role === 'worker') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  // A role loads what is its own; neither is loaded where the configuration is wrong, or where both are children.
  const running =
    config.role === 'web'
      ? await (await import('./web.ts')).startWeb(own, log)
      : await (await import('./worker.ts')).startWorker(own, log);
  return { stop: running.stop, sayEnding: (seconds) => log.info({ seconds }, 'ending') };
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

/** Loaded where it is wanted: roles that are children of others, and those with a database of their own, do without. */
async function embedded(dataDir: string): Promise<EmbeddedMongod> {
  const { startEmbeddedMongod } = await import('./running/mongod/embedded-mongod.ts');
  return startEmbeddedMongod({ dataDir, log: say });
}

/** The embedded database has no other process to wait for, so it is brought up to date at once. */
async function migrateEmbedded(uri: string, { dataDir, twilio }: Config): Promise<void> {
  const store = await openStore({ uri, database: DATABASE });
  if (!isLoopback(twilio.apiBase)) await assertNotDemo(store, dataDir);
  const ran = await migrate(store, () => new Date());
  await store.close();
  if (ran.length > 0) say(`Migrated: ${ran.join(', ')}`);
}

/** A role as a child. It ends with this process, however that ends. */
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
 * Ends on SIGTERM or SIGINT, within the printed budget. Where a part of it has ended by itself it ends whole, with 1, so
 * that whoever runs it starts it whole.
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
  // Whoever forked it is gone: nobody is left to end it.
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
  // To whoever forked it, if anybody did.
  process.send?.({ kind: 'ready' });
} catch (error) {
  if (error instanceof ConfigError) console.error(error.message);
  else fail(error);
  process.exit(1);
}
