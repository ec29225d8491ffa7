import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../src/config.ts';

/** The environment variable with the folder of built programs. The mocha fixture sets it. */
const VARIABLE = 'ASSENT_TEST_BUILT';

const run = promisify(execFile);

/**
 * Builds every program that a test starts as a process of its own into `folder`. Node starts a built program for half
 * the CPU of one that is compiled while it loads. Types are not checked here: another command does that.
 */
export async function buildPrograms(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ['node_modules', 'templates', 'package.json'])
    await symlink(join(ROOT, name), join(folder, name));
  const project = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noCheck: true, types: [], rootDir: ROOT, outDir: join(folder, 'dist') },
    include: ['src', 'webhooks', 'scripts', 'test/*/programs'].map((part) => join(ROOT, part)),
  };
  const file = join(folder, 'tsconfig.json');
  await writeFile(file, JSON.stringify(project));
  await run(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', file]);
  process.env[VARIABLE] = folder;
}

/** The arguments with which node runs a program of this repository, given its source file. */
export function programAt(source: string): string[] {
  const folder = process.env[VARIABLE];
  if (folder === undefined || extname(source) !== '.ts') return [source];
  return [join(folder, 'dist', `${relative(ROOT, source).slice(0, -extname(source).length)}.js`)];
}

/**
 * The arguments with which node runs a source file and compiles it while it loads, for programs that start others by
 * their sources.
 */
export const sourceAt = (source: string): string[] => ['--import', 'tsx', source];
