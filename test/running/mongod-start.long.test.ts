import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import {
  type EmbeddedMongod,
  formerOwnerGone,
  startEmbeddedMongod,
} from '../../src/running/mongod/embedded-mongod.ts';
import { MongodError } from '../../src/running/mongod/find-mongod.ts';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';

const RUN_MONGOD = new URL('programs/run-mongod.ts', import.meta.url);

async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

const remember = (uri: string, word: string) =>
  withClient(uri, (client) =>
    client
      .db('kept')
      .collection('words')
      .insertOne({ word }, { writeConcern: { w: 'majority', journal: true } }),
  );

const remembered = (uri: string) =>
  withClient(uri, async (client) =>
    (await client.db('kept').collection('words').find().sort({ _id: 1 }).toArray()).map(({ word }) => word),
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(20);
}

const quiet = () => undefined;

/** Expects how the mongod runs, and what it answers to another one that wants its folder. */
async function looksRight({ uri, pid }: EmbeddedMongod, dbPath: string): Promise<void> {
  await withClient(uri, async (client) => {
    const options = await client.db('admin').command({ getCmdLineOpts: 1 });
    expect(options.parsed.net.bindIp).to.equal('127.0.0.1');
    expect(options.parsed.storage.wiredTiger.engineConfig.cacheSizeGB).to.equal(0.5);
    await client.withSession((session) =>
      session.withTransaction(() =>
        client.db('kept').collection('more').insertOne({ word: 'x' }, { session }),
      ),
    );
  });
  const refused = await formerOwnerGone(dbPath, quiet, 100).catch((failure: Error) => failure);
  expect(refused).to.be.instanceOf(MongodError);
  expect(String(refused)).to.include(`Another mongod (pid ${pid}) is using ${dbPath}.`);
}

describe('the embedded mongod', () => {
  const folder = scratchFolders();
  const run = programs();

  it('runs transactions on the loopback interface, and keeps data and address over a stop, a kill and a taken port', async () => {
    const dataDir = folder();
    const first = await startEmbeddedMongod({ dataDir, log: quiet });
    await looksRight(first, join(dataDir, 'mongo'));
    await remember(first.uri, 'one');
    await first.stop();
    expect(isAlive(first.pid)).to.equal(false);
    await formerOwnerGone(join(dataDir, 'mongo'), quiet, 100);
    const second = await startEmbeddedMongod({ dataDir, log: quiet });
    expect(second.uri).to.equal(first.uri);
    expect(await remembered(second.uri)).to.deep.equal(['one']);
    process.kill(second.pid, 'SIGKILL');
    await gone(second.pid);
    await second.stop();
    const lock = readFileSync(join(dataDir, 'mongo', 'mongod.lock'), 'utf8');
    expect(lock.trim()).to.equal(String(second.pid));
    const squatter = createServer().listen(Number(new URL(first.uri).port), '127.0.0.1');
    try {
      const third = await startEmbeddedMongod({ dataDir, log: quiet });
      expect(third.uri).not.to.equal(first.uri);
      await remember(third.uri, 'two');
      expect(await remembered(third.uri)).to.deep.equal(['one', 'two']);
      await third.stop();
    } finally {
      squatter.close();
    }
  });

  it('ends when its parent is killed, and continues without loss when it is started at once', async () => {
    const dataDir = folder();
    const parent = run(RUN_MONGOD, [dataDir]);
    const [pid, uri = ''] = (await parent.firstLine).split(' ');
    await remember(uri, 'one');
    parent.kill('SIGKILL');
    const next = await startEmbeddedMongod({ dataDir, log: quiet });
    expect(await remembered(next.uri)).to.deep.equal(['one']);
    await gone(Number(pid));
    await next.stop();
  });

  it('is not delayed by a lock file that names a process other than a mongod', async () => {
    const dbPath = folder();
    for (const content of ['', 'x', String(process.pid), '4194304']) {
      writeFileSync(join(dbPath, 'mongod.lock'), content);
      await formerOwnerGone(dbPath, quiet, 100);
    }
  });

  it('says that its folder cannot be created', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const failed = run(RUN_MONGOD, [file]);
    const { code, stdout } = await failed.ended;
    expect(stdout).to.match(/^The folder .* cannot be made: .*Set DATA_DIR/);
    expect(code).to.equal(1);
  });

  it('says when the data are not its own', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'mongo'));
    writeFileSync(join(dataDir, 'mongo', 'WiredTiger'), 'no database');
    writeFileSync(join(dataDir, 'mongo', 'WiredTiger.turtle'), 'no database');
    const { stdout, stderr, code } = await run(RUN_MONGOD, [dataDir]).ended;
    expect(stdout).to.match(/^mongod did not start on /);
    expect(stderr).to.equal('');
    expect(code).to.equal(1);
  });

  it('says when another one without a name in the lock file has the folder', async () => {
    const dataDir = folder();
    const first = await startEmbeddedMongod({ dataDir, log: quiet });
    writeFileSync(join(dataDir, 'mongo', 'mongod.lock'), '');
    try {
      const { stdout, stderr, code } = await run(RUN_MONGOD, [dataDir]).ended;
      expect([stderr, code]).to.deep.equal(['', 1]);
      expect(stdout).to.match(/^Another mongod is using .*\nEnd it, or set DATA_DIR/);
    } finally {
      await first.stop();
    }
  });
});
