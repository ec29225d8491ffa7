import { type ExecFileException, execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/** Oldest server we run on: partial indexes with `$in` need it. */
const OLDEST_MAJOR = 6;

export type Probe = { ok: true; version: string } | { ok: false; reason: string };

type Ran = { failure: ExecFileException | null; stdout: string; stderr: string };

/** Runs the binary with `--version`: says its version ("6.0.5"), or in one phrase why it cannot serve. */
export async function probeMongod(path: string): Promise<Probe> {
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

/** The shared libraries that the loader misses, read from its complaint; undefined when that was not the trouble. */
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
