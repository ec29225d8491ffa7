import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { authenticate, createKey, SCOPES } from '../../src/access/api-keys.ts';
import { DATABASE, openStore } from '../../src/store/store.ts';

/** The demo's API key: the one of the last run where it still opens the API, else a new one with every scope. */
export async function demoKey(uri: string, dataDir: string): Promise<string> {
  const store = await openStore({ uri, database: DATABASE });
  try {
    const now = new Date();
    const last = await lastKey(join(dataDir, 'demo.json'));
    const held = await authenticate(store, `Bearer ${last}`, now);
    if (held !== null && SCOPES.every((scope) => held.scopes.has(scope))) return last;
    const { key } = await createKey(store, { name: 'demo', scopes: SCOPES }, now);
    return key;
  } finally {
    await store.close();
  }
}

async function lastKey(file: string): Promise<string> {
  try {
    const { apiKey } = JSON.parse(await readFile(file, 'utf8')) as { apiKey?: unknown };
    return typeof apiKey === 'string' ? apiKey : '';
  } catch {
    return '';
  }
}
