import { expect } from 'chai';
import { MongoInstance } from 'mongodb-memory-server-core/lib/util/MongoInstance.js';
import { freePort } from '../../scripts/rig/free-port.ts';
import { findMongod } from '../../src/running/mongod/find.ts';
import { type Hello, refuseUnfit, UnfitServer } from '../../src/store/fit-server.ts';
import { openStore } from '../../src/store/store.ts';
import { scratchFolders } from '../support/scratch.ts';

describe('a server that is opened', () => {
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

  it('is asked before anything is read or written', async () => {
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
