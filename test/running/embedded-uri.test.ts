import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { embeddedUri, Stop } from '../../scripts/running-demo.ts';
import { holderOf, lockDataDir } from '../../src/running/data-dir-lock.ts';
import { embeddedAddress } from '../../src/running/mongod/address.ts';
import { scratchFolders } from '../support/scratch.ts';

describe('the database for DATA_DIR', () => {
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

  const leave = (more: { holder: string }): void => {
    const reached = {
      gateway: 'http://localhost:1',
      simulator: 'http://localhost:2',
      apiKey: 'k',
      numbers: {},
    };
    writeFileSync(join(dataDir, 'demo.json'), JSON.stringify({ ...reached, mongodb: STAGING, ...more }));
  };
  const port = (): void => {
    writeFileSync(join(dataDir, 'mongo-port'), '27099');
    writeFileSync(join(dataDir, 'mongo-key'), 'a-key');
  };
  const lock = (holder: string): void => symlinkSync(holder, join(dataDir, 'assent.lock'));
  const own = (): string => {
    const unlock = lockDataDir(dataDir);
    const holder = holderOf(dataDir) ?? '';
    unlock();
    return holder;
  };

  it("is the demo's while the demo holds the folder", async () => {
    leave({ holder: own() });
    port();
    const unlock = lockDataDir(dataDir);
    expect(await embeddedUri()).to.equal(STAGING);
    unlock();
    expect(await embeddedUri(), 'once it has ended').to.equal(embeddedAddress(27099, 'a-key'));
  });

  it('is the embedded one when an earlier demo had another, whoever holds the folder now', async () => {
    leave({ holder: own().replace(/ .*/, ' 1') });
    port();
    expect(await embeddedUri(), 'nobody').to.equal(embeddedAddress(27099, 'a-key'));
    const unlock = lockDataDir(dataDir);
    expect(await embeddedUri(), 'a process that has its id').to.equal(embeddedAddress(27099, 'a-key'));
    unlock();
  });

  it('is the embedded one when the demo was killed and left its lock', async () => {
    const dead = `${spawnSync(process.execPath, ['--version']).pid} 1`;
    leave({ holder: dead });
    port();
    lock(dead);
    expect(await embeddedUri()).to.equal(embeddedAddress(27099, 'a-key'));
  });

  it('is missing when nothing runs there and nothing embedded ever did', async () => {
    leave({ holder: own() });
    const error = await embeddedUri().catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(Stop);
    expect((error as Stop).message).to.match(/npm start, or npm run demo for the demo\), or set MONGODB_URI/);
  });
});
