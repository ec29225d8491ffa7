import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';

const SETUP = new URL('../../scripts/setup.mjs', import.meta.url);
const RUN = new URL('../../scripts/run.mjs', import.meta.url);

describe('the set-up', () => {
  const run = programs();
  const folder = scratchFolders();

  it('does and says nothing when everything is in place', async () => {
    const { code, stdout, stderr } = await run(SETUP, ['--packages']).ended;
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });

  it('lists its options', async () => {
    const { code, stdout } = await run(SETUP, ['--help']).ended;
    expect(stdout).to.include('--packages').and.include('--built');
    expect(code).to.equal(0);
  });

  it('builds when the build is older than the sources, and says so', async () => {
    const root = folder();
    const file = (path: string, writtenAt: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      cpSync(SETUP, join(root, path));
      for (const target of [path, dirname(path)])
        utimesSync(join(root, target), new Date(writtenAt), new Date(writtenAt));
    };
    file('scripts/setup.mjs', '2026-03-20');
    file('dist/src/main.js', '2026-03-20');
    file('src/main.ts', '2026-03-19');
    // An editor leaves such a link beside an open file.
    symlinkSync('someone@a-machine.17', join(root, 'src', '.#main.ts'));
    const start = () => run(pathToFileURL(join(root, 'scripts', 'setup.mjs')), ['--built']).ended;
    expect(await start()).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    for (const newer of ['src/store/store.ts', 'webhooks/app.ts', 'scripts/key.ts']) {
      file(newer, '2026-03-21');
      expect(await start(), newer).to.deep.include({
        code: 0,
        stderr:
          'setup: the build in dist is older than its sources and runs as it is; to renew it: npm run build\n',
      });
      file(newer, '2026-03-19');
    }
    file('scripts/crash/crash.ts', '2026-03-21');
    expect((await start()).stderr, 'of no build').to.equal('');
  });

  it('names the lock of another set-up when it can neither be read nor removed', async () => {
    const root = folder();
    mkdirSync(join(root, 'scripts'));
    cpSync(SETUP, join(root, 'scripts', 'setup.mjs'));
    writeFileSync(join(root, 'package-lock.json'), '{}');
    const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
    const lock = join(root, `assent-setup-${name}`);
    mkdirSync(lock);
    const env = { ...process.env, TMPDIR: root };
    const setup = pathToFileURL(join(root, 'scripts', 'setup.mjs'));
    const { code, stderr } = await run(setup, ['--packages'], env).ended;
    expect(stderr)
      .to.contain(lock)
      .and.match(/Remove it, or run as its owner\.\n$/);
    expect(code).to.equal(1);
  });

  it('refuses an unknown option', async () => {
    const { code, stderr } = await run(SETUP, ['--all']).ended;
    expect(stderr).to.equal('setup: there is no option --all; see --help\n');
    expect(code).to.equal(1);
  });

  it('runs a command with its arguments in the same process afterwards', async () => {
    const helped = await run(RUN, ['text', '--help']).ended;
    expect(helped.stdout).to.match(/^Texts words from a handset /);
    expect({ code: helped.code, stderr: helped.stderr }).to.deep.equal({ code: 0, stderr: '' });
    const refused = await run(RUN, ['text', '+15551230001', 'JOIN', '--from=nobody']).ended;
    expect(refused.stderr).to.match(/^That cannot be read\./);
    expect(refused.code).to.equal(1);
  });
});
