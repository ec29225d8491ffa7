import { expect } from 'chai';
import { MongoInstance } from 'mongodb-memory-server-core/lib/util/MongoInstance.js';
import { freePort } from '../../scripts/rig/free-port.ts';
import { findMongod } from '../../src/running/mongod/find-mongod.ts';
import { type Hello, refuseUnfit, UnfitServer } from '../../src/store/connection.ts';
import { openStore } from '../../src/store/store.ts';
import { testDatabase } from '../support/mongod.ts';
import { scratchFolders } from '../support/scratch.ts';

/** The test's server, with another database in its address. */
function addressOf(name: string): string {
  const address = new URL(testDatabase().uri);
  address.pathname = `/${name}`;
  return address.href;
}

describe('the server of a store', () => {
  const folder = scratchFolders();

  const table: [what: string, hello: Hello, says: RegExp | null][] = [
    ['a member of a replica set', { setName: 'rs', maxWireVersion: 17 }, null],
    ['a router', { msg: 'isdbgrid', maxWireVersion: 21 }, null],
    ['a server alone', { maxWireVersion: 21 }, /^MONGODB_URI names no replica set, .*rs\.initiate\(\)/],
    ['a server of 5.3', { setName: 'rs', maxWireVersion: 16 }, /older than MongoDB 6\.0/],
  ];
  for (const [what, hello, says] of table) {
    it(`${says === null ? 'may be' : 'must not be'} ${what}`, () => {
      if (says === null) expect(() => refuseUnfit(hello)).not.to.throw();
      else expect(() => refuseUnfit(hello)).to.throw(UnfitServer, says);
    });
  }

  for (const name of ['admin', 'config', 'local']) {
    it(`must not keep its own things where ours are: ${name}`, async () => {
      const refused = await openStore({ uri: addressOf(name) }).then(
        (store) => store.close(),
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(UnfitServer);
      expect(String(refused)).to.match(/MONGODB_URI names the database .*authSource=admin/);
    });
  }

  it('is checked before anything is read or written', async () => {
    const mongod = await findMongod({ env: process.env, log: () => undefined });
    const port = await freePort();
    const server = await MongoInstance.create({
      instance: { port, dbPath: folder(), ip: '127.0.0.1', storageEngine: 'wiredTiger' },
      binary: { systemBinary: mongod.path, version: mongod.version },
    });
    try {
      const opened = openStore({ uri: `mongodb://127.0.0.1:${port}`, database: 'alone' });
      const refused = await opened.then(
        (store) => store.close(),
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(UnfitServer);
    } finally {
      await server.stop();
    }
  });
});
