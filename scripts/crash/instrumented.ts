import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../src/root.ts';

/** One change of the gateway's sources. `find` must be there exactly once. */
export type Patch = { file: string; find: string; replace: string };

/** A built copy of the gateway with patches. The sources themselves hold no hooks for tests. */
export type Tree = {
  /** The gateway's entry. */
  main: string;
  /** For `--import`: defines what the kill points call. */
  preload: string;
};

const PARTS = ['src', 'webhooks', 'templates', 'package.json', 'tsconfig.json'];
const PRELOAD = join('crash', 'preload');

/** Copies the sources into `folder`, patches and builds them. Throws where a patch does not fit, and says which. */
export async function buildInstrumented(folder: string, patches: readonly Patch[]): Promise<Tree> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'crash'), { recursive: true });
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await cp(join(ROOT, 'scripts', 'crash', 'preload.ts'), join(folder, `${PRELOAD}.ts`));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of await patchSources(patches)) await writeFile(join(folder, file), text);
  const project = { extends: './tsconfig.json', include: ['src', 'webhooks', 'crash'] };
  await writeFile(join(folder, 'tsconfig.crash.json'), JSON.stringify(project));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types are the tree's own business: a patched line calls what only the preload knows.
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.crash.json', '--noCheck'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the instrumented gateway does not build:\n${built.stdout}`);
  const dist = join(folder, 'dist');
  return { main: join(dist, 'src', 'main.js'), preload: join(dist, `${PRELOAD}.js`) };
}

/** The files that patches change, with each applied in its order. Throws where one is not found exactly once. */
export async function patchSources(patches: readonly Patch[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const patch of patches) {
    const text = files.get(patch.file) ?? (await readFile(join(ROOT, patch.file), 'utf8'));
    files.set(patch.file, patched(text, patch));
  }
  return files;
}

function patched(text: string, { file, find, replace }: Patch): string {
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`a patch of ${file} fits ${found} times, not once:\n${find}`);
  return text.replace(find, () => replace);
}
