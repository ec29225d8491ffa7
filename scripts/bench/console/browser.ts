import { Pool } from 'undici';
import type { Role } from '../../../src/domain/access/permissions.ts';

/** What one request took: ms to the last byte of the answer, its bytes as they came over the wire, and its words. */
export type Loaded = { status: number; ms: number; bytes: number; html: string; location: string | null };

/** Reads pages on one connection that stays open, as a browser does, and keeps the cookie of the sign-in. */
export type PageReader = {
  get: (path: string, encoding?: 'gzip' | 'identity') => Promise<Loaded>;
  post: (path: string, fields: Record<string, string>) => Promise<Loaded>;
  close: () => Promise<void>;
};

const TOKEN = /name="csrf" value="([\w-]+)"/;

export function pageReader(base: string): PageReader {
  const pool = new Pool(base, { connections: 1 });
  let cookie = '';
  let token = '';
  const load = async (path: string, init: Init): Promise<Loaded> => {
    const began = performance.now();
    const answer = await pool.request({
      path,
      method: init.method,
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
      body: init.body ?? null,
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const ms = performance.now() - began;
    const set = [answer.headers['set-cookie'] ?? []].flat()[0];
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
    const html = answer.headers['content-encoding'] === undefined ? bytes.toString() : '';
    token = TOKEN.exec(html)?.[1] ?? token;
    const location = answer.headers.location;
    return {
      ...{ status: answer.statusCode, ms, bytes: bytes.length, html },
      location: typeof location === 'string' ? location : null,
    };
  };
  return {
    get: (path, encoding = 'identity') =>
      load(path, { method: 'GET', headers: { 'accept-encoding': encoding } }),
    post: (path, fields) =>
      load(path, {
        method: 'POST',
        headers: {
          origin: base,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ csrf: token, ...fields }).toString(),
      }),
    close: () => pool.close(),
  };
}

type Init = { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string };

/** Signs in to the console of the demo. Throws if it is refused. */
export async function signIn(reader: PageReader, role: Role): Promise<void> {
  await reader.get('/console/sign-in');
  const { status } = await reader.post('/console/sign-in/demo', { role });
  if (status !== 303) throw new Error(`signing in as ${role} was answered ${status}`);
}
