import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROCESSES } from '../faults.ts';

/** Lines that are left in the spools of the web processes, by file name, without their content. */
export async function spoolLeft(folder: string): Promise<string[]> {
  const webs = PROCESSES.filter((name) => name.startsWith('web'));
  return (await Promise.all(webs.map((name) => linesLeft(join(folder, name, 'spool'))))).flat();
}

async function linesLeft(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  const files = names.filter((name) => name.endsWith('.spool') || name.endsWith('.torn'));
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8').catch(() => '')));
  return texts.flatMap((text, at) => {
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((_, line) => `${files[at]} line ${line + 1}`);
  });
}
