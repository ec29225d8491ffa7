import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { finishedFiles, spoolName } from '../../src/consent/inbound/spool-files.ts';
import { scratchFolders } from '../support/scratch.ts';

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
    await writeFile(join(dir, `${spoolName(process.ppid, '12345678')}-00000001.spool`), '');
    await writeFile(join(dir, `elsewhere-${hostname()}-${dead}-12345678-00000001.spool`), '');
    expect(await finishedFiles(dir, 'someone-else')).to.deep.equal([]);
  });
});
