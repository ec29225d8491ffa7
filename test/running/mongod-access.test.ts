import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { type EmbeddedMongod, startEmbeddedMongod } from '../../src/running/mongod/embedded-mongod.ts';

const quiet = (): void => undefined;

describe('the embedded mongod, to other users of the machine', () => {
  let dataDir: string;
  let mongod: EmbeddedMongod;
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'assent-access-'));
    mongod = await startEmbeddedMongod({ dataDir, log: quiet });
  });
  after(async () => {
    await mongod.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Runs `ask` as a client that knows only the port, or the given address. */
  const asking = async <T>(ask: (client: MongoClient) => Promise<T>, uri?: string): Promise<T | string> => {
    const port = readFileSync(join(dataDir, 'mongo-port'), 'utf8');
    const client = new MongoClient(uri ?? `mongodb://127.0.0.1:${port}/?directConnection=true`);
    try {
      return await ask(client);
    } catch (error) {
      return (error as { codeName?: string }).codeName ?? String(error);
    } finally {
      await client.close();
    }
  };

  it('returns and accepts nothing and creates no account without the key', async () => {
    const refused = ['Unauthorized', 'Unauthorized', 'Unauthorized', 'Unauthorized'];
    const user = { createUser: 'intruder', pwd: 'x', roles: ['root'] };
    const answers = [
      await asking((client) => client.db('assent').collection('apiKeys').insertOne({ scopes: [] })),
      await asking((client) => client.db('assent').collection('contacts').findOne()),
      await asking((client) => client.db('admin').command({ listDatabases: 1 })),
      await asking((client) => client.db('admin').command(user)),
    ];
    expect(answers).to.deep.equal(refused);
  });

  it('keeps port and key in files of its owner, and narrows a mode that is too wide', async () => {
    const modes = () => ['mongo-port', 'mongo-key'].map((name) => statSync(join(dataDir, name)).mode & 0o777);
    expect(modes()).to.deep.equal([0o600, 0o600]);
    await mongod.stop();
    for (const name of ['mongo-port', 'mongo-key']) chmodSync(join(dataDir, name), 0o644);
    const { uri } = mongod;
    mongod = await startEmbeddedMongod({ dataDir, log: quiet });
    expect(modes()).to.deep.equal([0o600, 0o600]);
    expect(mongod.uri).to.equal(uri);
  });

  it('compresses nothing on the network, which CVE-2025-14847 would need', async () => {
    const hello = { hello: 1, compression: ['snappy', 'zlib', 'zstd'] };
    const answer = await asking((client) => client.db('admin').command(hello));
    expect(answer).to.be.an('object').and.not.to.have.property('compression');
  });

  it('opens its data under a new key when the key was lost', async () => {
    const word = async () =>
      asking((client) => client.db('kept').collection<{ _id: string }>('words').findOne(), mongod.uri);
    await asking(
      (client) => client.db('kept').collection<{ _id: string }>('words').insertOne({ _id: 'one' }),
      mongod.uri,
    );
    const { uri } = mongod;
    await mongod.stop();
    rmSync(join(dataDir, 'mongo-key'));
    mongod = await startEmbeddedMongod({ dataDir, log: quiet });
    expect(mongod.uri).not.to.equal(uri);
    expect(await word()).to.deep.equal({ _id: 'one' });
    expect(
      await asking(
        (client) => client.db('kept').command({ ping: 1 }),
        uri.replace(/:\d+\//, `:${new URL(mongod.uri).port}/`),
      ),
    ).to.equal('AuthenticationFailed');
  });
});
