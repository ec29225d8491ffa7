import { spawnSync } from 'node:child_process';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { finishedFiles, removeLeftovers, spoolName } from '../../src/consent/inbound/spool-files.ts';
import { dateNow, scratchFolders } from '../support/scratch.ts';

describe('files of the spool', () => {
  const scratch = scratchFolders();
  const dead = spawnSync(process.execPath, ['--version']).pid;

  for (const mark of ['12345678', 'deadbeef', '0000000a', '00000001']) {
    it(`of a dead process are free at once, whatever its mark (${mark})`, async () => {
      const dir = scratch();
      const name = `${spoolName(dead, mark)}-00000001.spool`;
      await writeFile(join(dir, name), '');
      expect(await finishedFiles(dir, 'someone-else')).to.deep.equal([join(dir, name)]);
    });
  }

  it('of a living process of this host, and of any of another host, are left alone', async () => {
    const dir = scratch();
    const makers = [spoolName(process.ppid, '12345678'), `elsewhere-${hostname()}-${dead}-12345678`];
    for (const maker of makers) {
      const path = join(dir, `${maker}-00000001.spool`);
      await writeFile(path, '');
      await dateNow(path);
    }
    expect(await finishedFiles(dir, 'someone-else')).to.deep.equal([]);
  });

  it('that were left half rewritten go once nobody can be at work on them', async () => {
    const dir = scratch();
    const [ofDead, ofOurs, ofOther] = [
      `${spoolName(dead, '12345678')}.part`,
      `${spoolName(process.ppid, '12345678')}.part`,
      'elsewhere-7-12345678.part',
    ];
    for (const name of [ofDead, ofOurs, ofOther]) {
      await writeFile(join(dir, name), '');
      await dateNow(join(dir, name));
    }
    await removeLeftovers(dir);
    expect((await readdir(dir)).sort()).to.deep.equal([ofOther, ofOurs].sort());
    const longAgo = new Date(Date.now() - 601_000);
    await utimes(join(dir, ofOther), longAgo, longAgo);
    await removeLeftovers(dir);
    expect(await readdir(dir)).to.deep.equal([ofOurs]);
  });
});
