import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type RequestHandler, type Router } from 'express';
import { ROOT } from '../config.ts';

const OWN = join(ROOT, 'templates', 'console', 'assets');
const packages = createRequire(import.meta.url);

/** Name of each asset, where it lies and what it is. */
const ASSETS: readonly { name: string; type: string; read: () => Buffer }[] = [
  { name: 'console.css', type: 'text/css', read: () => readFileSync(join(OWN, 'console.css')) },
  { name: 'before-htmx.js', type: 'text/javascript', read: () => readFileSync(join(OWN, 'before-htmx.js')) },
  { name: 'console.js', type: 'text/javascript', read: () => readFileSync(join(OWN, 'console.js')) },
  {
    name: 'htmx.js',
    type: 'text/javascript',
    read: () => readFileSync(packages.resolve('htmx.org/dist/htmx.min.js')),
  },
  {
    name: 'plex.woff2',
    type: 'font/woff2',
    read: () =>
      readFileSync(
        packages.resolve('@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2'),
      ),
  },
];

/** The files that pages load. They hold nothing about anybody, so a browser may keep them; each visit revalidates. */
export function assets(): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const { name, type, read } of ASSETS) router.get(`/assets/${name}`, serve(read(), type));
  return router;
}

function serve(plain: Buffer, type: string): RequestHandler {
  const zipped = type === 'font/woff2' ? null : gzipSync(plain, { level: 9 });
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return (request, response) => {
    const packed = zipped !== null && request.acceptsEncodings('gzip', 'identity') === 'gzip';
    response.set({ 'Cache-Control': 'public, max-age=300', ETag: etag, Vary: 'Accept-Encoding' });
    if (packed) response.set('Content-Encoding', 'gzip');
    response.type(type).send(packed ? zipped : plain);
  };
}
