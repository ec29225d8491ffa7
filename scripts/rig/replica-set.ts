import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { findMongod } from '../../src/running/mongod/find-mongod.ts';
import { freePort } from './free-port.ts';

/** A replica set of several mongods on this machine, of which any may be hurt. */
export type ReplicaSet = {
  uri: string;
  /** Resolves with the node that calls itself primary, in the highest term; waits until one does. */
  primary: () => Promise<Node>;
  nodes: readonly Node[];
  close: () => Promise<void>;
};

export type Node = {
  port: number;
  /** kill -9; resolves once it is gone. */
  kill: () => Promise<void>;
  /** A new one on its data and port; resolves once it answers. */
  start: () => Promise<void>;
  /** Freezes it where it is, and lets it go on. */
  freeze: () => void;
  thaw: () => void;
  /** Runs a command on this node alone. Rejects where it does not answer. */
  command: (command: Document) => Promise<Document>;
};

const NAME = 'assent-three';

/** Small, for three share the machine; and quick to elect: the default waits ten seconds. */
const ARGUMENTS = [
  ['--replSet', NAME, '--bind_ip', '127.0.0.1', '--nounixsocket'],
  ['--networkMessageCompressors', 'disabled'],
  ['--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '256', '--slowms', '5000'],
  ['--setParameter', 'transactionLifetimeLimitSeconds=3'],
  ['--setParameter', 'minSnapshotHistoryWindowInSeconds=5'],
  // A node can be told to read on and apply nothing: one that lags.
  ['--setParameter', 'enableTestCommands=1'],
].flat();
const ELECTION_MS = 1500;

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/** Rejects where no mongod can be had, or no primary is elected within a minute. */
export async function startReplicaSet(folder: string, size: number): Promise<ReplicaSet> {
  const { path } = await findMongod({ env: process.env, log: () => undefined });
  const running = new Set<ChildProcess>();
  const killAll = (): void => {
    for (const child of running) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  const nodes: Node[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.kill()));
    process.off('exit', killAll);
  };
  try {
    for (let at = 0; at < size; at += 1) {
      const dbPath = join(folder, `mongo-${at}`);
      await mkdir(dbPath);
      nodes.push(createNode({ path, dbPath, port: await freePort(), running }));
    }
    await Promise.all(nodes.map((node) => node.start()));
    await initiate(nodes);
    const set = { primary: () => primaryOf(nodes), nodes, close };
    await set.primary();
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join();
    return { ...set, uri: `mongodb://${hosts}/?replicaSet=${NAME}` };
  } catch (error) {
    await close();
    throw error;
  }
}

type NodeFiles = { path: string; dbPath: string; port: number; running: Set<ChildProcess> };

function createNode({ path, dbPath, port, running }: NodeFiles): Node {
  let child: ChildProcess | null = null;
  const command = async (words: Document): Promise<Document> => {
    const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
      ...{ serverSelectionTimeoutMS: 1000, connectTimeoutMS: 1000, socketTimeoutMS: 20_000 },
      // Before the set is initiated nothing can be read by a majority, and nobody is primary.
      readPreference: 'primaryPreferred',
    });
    try {
      return await client.db('admin').command(words);
    } finally {
      await client.close();
    }
  };
  return {
    port,
    command,
    kill: async () => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    start: async () => {
      const started = spawn(path, [...ARGUMENTS, '--dbpath', dbPath, '--port', String(port)], {
        stdio: 'ignore',
        detached: true,
      });
      child = started;
      running.add(started);
      started.once('exit', () => running.delete(started));
      await until(`a mongod on port ${port} answers`, async () => (await command({ ping: 1 })).ok === 1);
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
}

async function initiate(nodes: readonly Node[]): Promise<void> {
  const members = nodes.map(({ port }, _id) => ({ _id, host: `127.0.0.1:${port}` }));
  const settings = { electionTimeoutMillis: ELECTION_MS, heartbeatIntervalMillis: 500 };
  await nodes[0]?.command({ replSetInitiate: { _id: NAME, members, settings } });
}

/** A node that was frozen calls itself primary for a moment longer, in the term before. */
async function primaryOf(nodes: readonly Node[]): Promise<Node> {
  let found: Node | null = null;
  await until('a node is primary', async () => {
    const told = await Promise.all(
      nodes.map(async (node) => ({ node, hello: await node.command({ hello: 1 }).catch(() => null) })),
    );
    const primaries = told.filter(({ hello }) => hello?.isWritablePrimary === true);
    const term = ({ hello }: (typeof told)[number]): string => String(hello?.electionId ?? '');
    found = primaries.sort((a, b) => (term(a) < term(b) ? 1 : -1))[0]?.node ?? null;
    return found !== null;
  });
  if (found === null) throw new Error('no node is primary');
  return found;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > giveUp) throw new Error(`it took longer than ${PATIENCE_MS} ms until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
