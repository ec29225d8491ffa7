import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Lines that still lie in the spool of the web processes, by the name of their file; nothing of what they say. */
export async function spoolLeft(folder: string): Promise<string[]> {
  const dir = join(folder, 'spool');
  const names = await readdir(dir).catch(() => []);
  const files = names.filter((name) => name.endsWith('.spool') || name.endsWith('.torn'));
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8').catch(() => '')));
  return texts.flatMap((text, at) => {
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((_, line) => `${files[at]} line ${line + 1}`);
  });
}
