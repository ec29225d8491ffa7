import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type RequestHandler, type Router } from 'express';

const packages = createRequire(import.meta.url);

const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css', '.js': 'text/javascript' };

/** The files of packages, by the name under which pages load them. */
const FROM_PACKAGES = [
  ['htmx.js', 'text/javascript', 'htmx.org/dist/htmx.min.js'],
  [
    'plex.woff2',
    'font/woff2',
    '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2',
  ],
] as const;

/**
 * The files that pages load. They hold nothing about anybody, so a browser may keep them; each visit revalidates.
 * `root`: the project folder.
 */
export function assets(root: string): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const folder = join(root, 'templates', 'console', 'assets');
  for (const file of readdirSync(folder)) {
    const type = TYPES[extname(file)];
    if (type !== undefined) router.get(`/assets/${file}`, serve(readFileSync(join(folder, file)), type));
  }
  for (const [name, type, path] of FROM_PACKAGES) {
    router.get(`/assets/${name}`, serve(readFileSync(packages.resolve(path)), type));
  }
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
