import { cpSync, mkdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';

const SETUP = new URL('../../scripts/setup.mjs', import.meta.url);

describe('the set-up', () => {
  const run = programs();
  const folder = scratchFolders();

  it('does and says nothing when all is in place', async () => {
    const { code, stdout, stderr } = await run(SETUP, ['--packages']).ended;
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });

  it('tells its options', async () => {
    const { code, stdout } = await run(SETUP, ['--help']).ended;
    expect(stdout).to.include('--packages').and.include('--built');
    expect(code).to.equal(0);
  });

  it('runs a build that is older than the sources, and says so', async () => {
    const root = folder();
    const file = (path: string, writtenAt: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      cpSync(SETUP, join(root, path));
      for (const one of [path, dirname(path)])
        utimesSync(join(root, one), new Date(writtenAt), new Date(writtenAt));
    };
    file('scripts/setup.mjs', '2026-03-20');
    file('dist/src/main.js', '2026-03-20');
    file('src/main.ts', '2026-03-19');
    const start = () => run(pathToFileURL(join(root, 'scripts', 'setup.mjs')), ['--built']).ended;
    expect(await start()).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    file('src/store/store.ts', '2026-03-21');
    const { code, stderr } = await start();
    expect([code, stderr]).to.deep.equal([
      0,
      'setup: the build in dist is older than the sources in src and runs as it is; to renew it: npm run build\n',
    ]);
  });

  it('refuses an option that it does not know', async () => {
    const { code, stderr } = await run(SETUP, ['--all']).ended;
    expect(stderr).to.equal('setup: there is no option --all; see --help\n');
    expect(code).to.equal(1);
  });
});
