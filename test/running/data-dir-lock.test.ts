import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DataDirBusy, lockDataDir } from '../../src/running/data-dir-lock.ts';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';

const HOLD_LOCK = new URL('programs/hold-lock.ts', import.meta.url);

describe('the lock of the data folder', () => {
  const folder = scratchFolders();
  const start = programs();
  /** Takes the folder, and lets it go. */
  const take = (dataDir: string): void => {
    const release = lockDataDir(dataDir);
    expect(readlinkSync(join(dataDir, 'assent.lock'))).to.match(new RegExp(`^${process.pid} .`));
    release();
    expect(readdirSync(dataDir)).to.deep.equal([]);
  };

  it('creates the folder, and leaves nothing behind when it is released', () => {
    const dataDir = join(folder(), 'new', 'data');
    const release = lockDataDir(dataDir);
    expect(readdirSync(dataDir)).to.deep.equal(['assent.lock']);
    release();
    expect(readdirSync(dataDir)).to.deep.equal([]);
  });

  it('refuses a second start and names the holder', async () => {
    const dataDir = folder();
    const first = start(HOLD_LOCK, [dataDir]);
    expect(await first.firstLine).to.equal('held');
    expect(() => lockDataDir(dataDir)).to.throw(
      DataDirBusy,
      `another Assent is running on ${dataDir} (pid ${first.pid}). End it, or set another DATA_DIR.`,
    );
    first.kill('SIGTERM');
    await first.ended;
    take(dataDir);
  });

  it('is taken over from a process that was killed', async () => {
    const dataDir = folder();
    const first = start(HOLD_LOCK, [dataDir]);
    expect(await first.firstLine).to.equal('held');
    first.kill('SIGKILL');
    await first.ended;
    expect(readdirSync(dataDir)).to.deep.equal(['assent.lock']);
    take(dataDir);
  });

  it('goes to exactly one of several processes that start at once beside a dead holder', async () => {
    const dataDir = folder();
    symlinkSync('4194304 1', join(dataDir, 'assent.lock'));
    const lines = await Promise.all([1, 2, 3, 4].map(() => start(HOLD_LOCK, [dataDir]).firstLine));
    expect(lines.filter((line) => line === 'held')).to.have.length(1);
    expect(lines.filter((line) => line.startsWith('another Assent'))).to.have.length(3);
  });

  // A reused process id can only be recognized where the system tells when a process began.
  if (existsSync('/proc/self/stat')) {
    it('is not kept by another process that was given the same id', () => {
      const dataDir = folder();
      symlinkSync(`${process.pid} 1`, join(dataDir, 'assent.lock'));
      take(dataDir);
    });
  }

  for (const name of ['x', '-1 1', '0 -']) {
    it(`is taken over when it names ${JSON.stringify(name)}`, () => {
      const dataDir = folder();
      symlinkSync(name, join(dataDir, 'assent.lock'));
      take(dataDir);
    });
  }

  it('does not remove the lock of a successor', () => {
    const dataDir = folder();
    const release = lockDataDir(dataDir);
    unlinkSync(join(dataDir, 'assent.lock'));
    symlinkSync('of another', join(dataDir, 'assent.lock'));
    release();
    expect(readdirSync(dataDir)).to.deep.equal(['assent.lock']);
  });

  it('names the file when it can neither be read nor taken over', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'assent.lock'));
    const said = await start(HOLD_LOCK, [dataDir]).firstLine;
    expect(said)
      .to.contain(join(dataDir, 'assent.lock'))
      .and.match(/Remove it, or run as its owner\.$/);
    expect(readdirSync(dataDir)).to.deep.equal(['assent.lock']);
  });

  it('says that a folder cannot be written', () => {
    const file = join(folder(), 'file');
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    expect(() => lockDataDir(join(file, 'data'))).to.throw(/DATA_DIR .* cannot be written/);
  });
});
