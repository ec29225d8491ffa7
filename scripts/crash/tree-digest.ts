import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What counts are of: the gateway, what it says, and the harness that counts. */
const COUNTED = ['src', 'webhooks', 'templates', join('scripts', 'crash')];

/** Of the names and contents of all files under test: another tree has another digest. */
export async function digestOfTree(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const part of COUNTED) {
    for (const file of await filesIn(root, part)) {
      const content = createHash('sha256').update(await readFile(join(root, file)));
      hash.update(`${file} ${content.digest('hex')}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((dirent) => dirent.isFile());
  return files.map((file) => relative(root, join(file.parentPath, file.name))).sort();
}
