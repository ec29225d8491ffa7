import { mkdtempSync, rmSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives each test of the suite that calls it fresh empty folders, removed after the test. */
export function scratchFolders(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'assent-test-'));
    folders.push(folder);
    return folder;
  };
}

/** Dates a file by the clock of this process: `npm run test:calendar` shifts that one, and not the file system's. */
export async function dateNow(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}
