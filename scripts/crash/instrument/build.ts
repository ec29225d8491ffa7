import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../../src/config.ts';
import { insertKillPoints, SHORT_WAITS, STAMPS } from './kill-points.ts';
import { patchSources, readSources, type SourcePatch, type Sources } from './source-patches.ts';

/** A compiled copy of the gateway with kill points and patches. */
export type InstrumentedBuild = {
  /** The entry file of the gateway. */
  main: string;
  /** For `--import`. Defines the functions that kill points and stamps call. */
  preload: string;
};

const PARTS = ['src', 'webhooks', 'templates', 'package.json', 'tsconfig.json'];
const OWN_FOLDER = join(ROOT, 'scripts', 'crash', 'instrument');
const PROJECT = 'tsconfig.crash.json';
const SETTINGS = {
  extends: './tsconfig.json',
  // A planted bug may leave an import or a parameter unused.
  compilerOptions: { types: ['node'], incremental: true, noUnusedLocals: false, noUnusedParameters: false },
  include: ['src', 'webhooks', 'crash'],
};

/**
 * Copies the gateway into `folder`, adds kill points, stamps and `patches`, checks the types and compiles it. Throws an
 * error that names the patch that does not fit, or that holds what the compiler says.
 */
export async function buildInstrumented(
  folder: string,
  patches: readonly SourcePatch[] = [],
): Promise<InstrumentedBuild> {
  const copy = await copyGateway(folder);
  await copy.compile(patches);
  const dist = join(folder, 'dist');
  return { main: join(dist, 'src', 'main.js'), preload: join(dist, 'crash', 'preload.js') };
}

/** The sources with kill points, stamps and short waits, as every instrumented build has them. */
const instrumentedSources = async (): Promise<Sources> =>
  patchSources(insertKillPoints(await readSources(ROOT)), [...SHORT_WAITS, ...STAMPS]);

/** A copy of the gateway that can be compiled several times. From the second time on, only changed files are checked. */
export type GatewayCopy = { compile: (patches: readonly SourcePatch[]) => Promise<void> };

export async function copyGateway(folder: string): Promise<GatewayCopy> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'crash'), { recursive: true });
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  for (const name of ['preload.ts', 'crash-globals.d.ts'])
    await cp(join(OWN_FOLDER, name), join(folder, 'crash', name));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, PROJECT), JSON.stringify(SETTINGS));
  const sources = await instrumentedSources();
  let written: Sources = new Map();
  return {
    compile: async (patches) => {
      const wanted = patchSources(sources, patches);
      for (const [file, text] of wanted)
        if (text !== written.get(file)) await writeFile(join(folder, file), text);
      written = wanted;
      runCompiler(folder);
    },
  };
}

function runCompiler(folder: string): void {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', PROJECT], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the instrumented gateway does not compile:\n${stdout}`);
}
