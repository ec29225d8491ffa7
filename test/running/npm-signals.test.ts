import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { scratchFolders } from '../support/scratch.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** Says that it runs, and on SIGTERM that it drains. */
const STAND_IN = `
setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  console.log('drained');
  process.exit(0);
});
console.log('runs');
`;

describe('a command that runs until a signal', () => {
  const folder = scratchFolders();

  /** The project's command in a folder where the programs that it names are stand-ins, which need no compiler. */
  function standIn(name: string): string {
    const root = folder();
    const command = (scripts[name] ?? '').replace('--import tsx ', '').replace(/\.ts$/, '.js');
    const [program = ''] = /\S+$/.exec(command) ?? [];
    const files = {
      'package.json': JSON.stringify({ type: 'module', scripts: { [name]: command } }),
      'scripts/setup.mjs': '',
      [program]: STAND_IN,
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  /** Ends what never heard of a signal and would live on. */
  const endGroup = (of: number): void => {
    try {
      process.kill(-of, 'SIGKILL');
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure;
    }
  };

  for (const name of ['start', 'demo']) {
    it(`ends when npm gets the signal: npm run ${name}`, async () => {
      const npm = spawn('npm', ['run', '--silent', name], { cwd: standIn(name), detached: true });
      const [ended, closed] = [once(npm, 'exit'), once(npm, 'close')];
      let output = '';
      npm.stdout.on('data', (chunk: Buffer) => {
        output += chunk;
      });
      await Promise.race([once(npm.stdout, 'data'), closed]);
      npm.kill('SIGTERM');
      await ended;
      endGroup(npm.pid ?? 0);
      await closed;
      expect(output).to.equal('runs\ndrained\n');
    });
  }
});
