import { lutimesSync, readdirSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lockSpool } from '../../src/running/spool-lock.ts';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';

const HOLD_LOCK = new URL('programs/hold-lock.ts', import.meta.url);

describe('the lock of a spool', () => {
  const folder = scratchFolders();
  const newSpool = (): string => join(folder(), 'spool');
  const start = programs();
  const lines: string[] = [];
  const log = { info: (facts: object, line: string) => void lines.push(`${line} ${JSON.stringify(facts)}`) };
  beforeEach(() => {
    lines.length = 0;
  });
  const WAITING = 'waiting for the web process that uses the spool to end';

  it('creates the folder, and leaves nothing behind when it is released', async () => {
    const data = join(folder(), 'new');
    const lock = await lockSpool(join(data, 'spool'), log);
    expect([lock.holds(), readdirSync(data)]).to.deep.equal([true, ['spool', 'spool.lock']]);
    lock.release();
    expect([lock.holds(), readdirSync(data), lines]).to.deep.equal([false, ['spool'], []]);
  });

  it('refuses a second process in one sentence that names the holder and the next step', async () => {
    const dir = newSpool();
    const first = start(HOLD_LOCK, [dir, 'spool']);
    expect(await first.firstLine).to.equal('held');
    const refused = await lockSpool(dir, log, { waitMs: 300 }).catch((error: unknown) => error);
    expect(refused).to.include({
      message: `The spool ${dir} is used by web process ${first.pid} of ${hostname()}. Give each web process a DATA_DIR of its own, or end that process.`,
    });
    expect(lines).to.deep.equal([`${WAITING} ${JSON.stringify({ pid: first.pid, host: hostname() })}`]);
  });

  it('waits for a holder that is stopping', async () => {
    const dir = newSpool();
    const first = start(HOLD_LOCK, [dir, 'spool']);
    expect(await first.firstLine).to.equal('held');
    const second = start(HOLD_LOCK, [dir, 'spool']);
    expect(await second.firstLine).to.equal(WAITING);
    first.kill('SIGTERM');
    await first.ended;
    expect(await second.says('held')).to.contain('held');
  });

  it('is taken over at once from a process that was killed', async () => {
    const dir = newSpool();
    const first = start(HOLD_LOCK, [dir, 'spool']);
    expect(await first.firstLine).to.equal('held');
    first.kill('SIGKILL');
    await first.ended;
    const lock = await lockSpool(dir, log, { waitMs: 0 });
    expect(lock.holds()).to.equal(true);
    lock.release();
  });

  it('stays with a holder on another machine while that gives signs of life', async () => {
    const dir = newSpool();
    const file = `${dir}.lock`;
    symlinkSync('1 1 elsewhere', file);
    const signs = setInterval(() => lutimesSync(file, new Date(), new Date()), 100);
    const refused = await lockSpool(dir, log, { waitMs: 2000, silentMs: 1000 })
      .catch((error: unknown) => error)
      .finally(() => clearInterval(signs));
    expect(String(refused)).to.contain('is used by web process 1 of elsewhere.');
  });

  it('is taken over from a holder on another machine that gives none', async () => {
    const dir = newSpool();
    symlinkSync('1 1 elsewhere', `${dir}.lock`);
    const lock = await lockSpool(dir, log, { silentMs: 500 });
    expect(lock.holds()).to.equal(true);
    lock.release();
  });

  it('is reported as lost once another process took it over', async () => {
    const dir = newSpool();
    const lock = await lockSpool(dir, log);
    unlinkSync(`${dir}.lock`);
    symlinkSync('1 1 elsewhere', `${dir}.lock`);
    expect(lock.holds()).to.equal(false);
    lock.release();
    expect(readlinkSync(`${dir}.lock`)).to.equal('1 1 elsewhere');
  });

  it('says that a folder cannot be written', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const refused = await lockSpool(join(file, 'spool'), log).catch((error: unknown) => error);
    expect(String(refused)).to.match(/The spool .*\/file\/spool cannot be locked: .* DATA_DIR/);
  });
});
