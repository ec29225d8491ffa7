import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Source } from './import-rules.ts';

/** The files of the project whose path, from the root, fits; without what `.gitignore` names. */
export function readSources(pattern: RegExp): Source[] {
  const ignored = readFileSync('.gitignore', 'utf8').split('\n').filter(Boolean);
  return filesUnder('.', ['.git', ...ignored.map((name) => name.replace(/\/$/, ''))])
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

function filesUnder(folder: string, ignored: readonly string[]): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      ({ name }) =>
        !ignored.some((entry) => (entry.startsWith('*') ? name.endsWith(entry.slice(1)) : name === entry)),
    )
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return filesUnder(path, ignored);
      return entry.isFile() ? [path] : [];
    });
}
