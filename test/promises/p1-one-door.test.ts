import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readSources } from '../honesty/tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOORS = fileURLToPath(new URL('p1.type-test.ts', import.meta.url));

/** Compiles one file with the project's settings. Returns the compiler's errors by line. */
async function compile(text: string): Promise<{ line: number; code: string }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-doors-'));
  try {
    const file = join(folder, 'doors.ts');
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noEmit: true,
        rewriteRelativeImportExtensions: false,
        rootDir: '/',
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: [file],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    await writeFile(file, text.replaceAll("'../../src/", `'${join(ROOT, 'src')}/`));
    const said = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false']);
    return [...said.matchAll(/doors\.ts\((\d+),\d+\): error (TS\d+)/g)].map(([, line, code = '']) => ({
      line: Number(line),
      code,
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The output of a program, whatever its exit code. */
const run = (file: string, args: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd: dirname(DOORS) }, (_error, stdout) => resolve(stdout));
  });

describe('P1: one door out', () => {
  it('lets no other way to the carrier compile, each for its own reason', async () => {
    const text = await readFile(DOORS, 'utf8');
    const lines = text.split('\n');
    const expected = lines.flatMap((line, at) => {
      const code = /^\/\/ @ts-expect-error (TS\d+):/.exec(line)?.[1];
      return code === undefined ? [] : [{ line: at + 2, code }];
    });
    expect(expected.length).to.be.at.least(12);
    expect(await compile(text.replaceAll('@ts-expect-error', 'fails with'))).to.deep.equal(expected);
  }).timeout(60_000);

  const sources = readSources(/^(src|webhooks|scripts)\/.*\.(ts|mjs)$/).filter(
    // The bench compares the dispatcher with this bare loop, which sends nobody's messages.
    ({ path }) => !path.startsWith('src/simulator/') && path !== 'scripts/bench/dispatch/floor.ts',
  );
  const holders = (pattern: RegExp): string[] =>
    sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

  it('is the only place that calls the carrier to create a message', () => {
    // The name in quotes belongs to a planted bug of the crash harness.
    expect(holders(/Messages\.json|\.messages\.create|(?<!')\bhandOverOne\b/)).to.have.members([
      'src/sending/twilio/client.ts',
      // The bench compares our code with this loop, which is the usual way to write one.
      'scripts/bench/inbound/naive.ts',
    ]);
    expect(holders(/StatusCallback|\bcreateMessage\b/)).to.deep.equal([
      'src/sending/twilio/create-message.ts',
    ]);
    expect(holders(/\bpostOnce\b/)).to.have.members([
      'src/sending/twilio/client.ts',
      'src/sending/twilio/create-message.ts',
    ]);
    expect(holders(/api\.twilio\.com/)).to.have.members(['src/config.ts', 'scripts/bench/inbound/naive.ts']);
  });

  it('is not bypassed by the answer to a webhook: no message is written into TwiML', () => {
    expect(holders(/MessagingResponse|<Message\b/)).to.deep.equal([]);
  });

  it('is used by the dispatcher alone', () => {
    expect(holders(/\bhandOver\(/)).to.have.members(['src/sending/gate.ts', 'src/sending/send-batch.ts']);
    expect(holders(/\bnew ClearedMessage\b/)).to.deep.equal(['src/sending/gate.ts']);
    expect(holders(/export (class|\{[^}]*) ?ClearedMessage/)).to.deep.equal([]);
  });
});
