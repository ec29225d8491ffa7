import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import '../../src/store/connection.ts';
import { withTimeLimit } from '../../src/store/transaction.ts';
import { testDatabase } from '../support/mongod.ts';

const MARK = 'met-at-its-close';

/** Far longer than an operation needs that fails at once and is tried again. */
const LONG_MS = 10_000;

describe('an operation on a connection between its end and its close', () => {
  const ours: Socket[] = [];
  const theirs: Socket[] = [];
  let marked: Socket | undefined;
  let between: Server;
  let client: MongoClient;
  const note = (message: unknown): void => {
    ours.push((message as { socket: Socket }).socket);
  };

  before(async () => {
    const address = new URL(testDatabase().uri);
    const target = Number(address.port);
    between = createServer((socket) => {
      const database = connect(target, '127.0.0.1');
      socket.pipe(database).pipe(socket);
      theirs.push(socket, database);
      socket.on('data', (bytes) => {
        if (bytes.includes(MARK)) marked = socket;
      });
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    subscribe('net.client.socket', note);
    const { port } = between.address() as AddressInfo;
    address.port = String(port);
    address.search = '?directConnection=true&authSource=admin';
    client = new MongoClient(address.href, { maxPoolSize: 1 });
  });

  after(async () => {
    unsubscribe('net.client.socket', note);
    await client.close();
    for (const socket of theirs) socket.destroy();
    between.close();
  });

  it('fails as on any lost connection, and is tried again', async () => {
    const seen = client.db('none').collection(MARK);
    await seen.findOne();
    const lost = ours.find(({ localPort }) => localPort === marked?.remotePort);
    if (lost === undefined || marked === undefined) return expect.fail('no connection was seen');
    const found = once(lost, 'finish').then(() => new Promise((resolve) => setImmediate(resolve)));
    marked.end();
    await found;
    expect(lost.destroyed, 'the connection has ended').to.equal(true);
    expect(await withTimeLimit(LONG_MS, seen.findOne())).to.equal(null);
  });
});
