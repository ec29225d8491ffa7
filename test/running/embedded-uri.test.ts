import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { embeddedUri, Stop } from '../../scripts/running-demo.ts';
import { lockDataDir } from '../../src/running/data-dir-lock.ts';
import { embeddedAddress } from '../../src/running/mongod/address.ts';
import { scratchFolders } from '../support/scratch.ts';

describe('the database of whoever runs on DATA_DIR', () => {
  const folder = scratchFolders();
  const former = process.env.DATA_DIR;
  const STAGING = 'mongodb://staging.example/';
  let dataDir: string;
  beforeEach(() => {
    dataDir = folder();
    process.env.DATA_DIR = dataDir;
  });
  after(() => {
    if (former === undefined) delete process.env.DATA_DIR;
    else process.env.DATA_DIR = former;
  });

  const leave = (pid: number): void => {
    const reached = {
      gateway: 'http://localhost:1',
      simulator: 'http://localhost:2',
      apiKey: 'k',
      numbers: {},
    };
    writeFileSync(join(dataDir, 'demo.json'), JSON.stringify({ ...reached, mongodb: STAGING, pid }));
  };
  const port = (): void => writeFileSync(join(dataDir, 'mongo-port'), '27099');

  it('is the one that a demo names while that demo holds the folder', async () => {
    leave(process.pid);
    port();
    const unlock = lockDataDir(dataDir);
    expect(await embeddedUri()).to.equal(STAGING);
    unlock();
    expect(await embeddedUri(), 'once it has ended').to.equal(embeddedAddress(27099));
  });

  it('is the embedded one where an earlier demo had another, whoever holds the folder now', async () => {
    leave(process.pid + 1);
    port();
    const unlock = lockDataDir(dataDir);
    expect(await embeddedUri()).to.equal(embeddedAddress(27099));
    unlock();
  });

  it('is none where nothing runs there, and nothing embedded ever did', async () => {
    leave(process.pid);
    const error = await embeddedUri().catch((one: unknown) => one);
    expect(error).to.be.instanceOf(Stop);
  });
});
