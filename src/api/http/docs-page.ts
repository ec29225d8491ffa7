import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tagOf, tagsOf } from './openapi-tags.ts';
import { PROBLEMS } from './problems.ts';
import { PER_MINUTE } from './rate-limits.ts';
import type { ApiRoute } from './route.ts';

const packages = createRequire(import.meta.url);

const inPackage = (file: string): string => packages.resolve(`swagger-ui-dist/${file}`);

/** The files that the page loads: the renderer Swagger UI, its start, and our style. `root`: the project folder. */
export function docsFiles(root: string): { path: string; type: string; file: string }[] {
  const ofOurs = (file: string): string => join(root, 'templates', 'api', file);
  return [
    { path: '/api/docs/swagger-ui.js', type: 'text/javascript', file: inPackage('swagger-ui-bundle.js') },
    { path: '/api/docs/swagger-ui.css', type: 'text/css', file: inPackage('swagger-ui.css') },
    { path: '/api/docs/docs.js', type: 'text/javascript', file: ofOurs('docs.js') },
    { path: '/api/docs/docs.css', type: 'text/css', file: ofOurs('docs.css') },
  ];
}

/** Only our own files: no inline script or style, no other host. Swagger UI draws its icons from `data:`. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const API_INTRODUCTION = `<p>Send <code>Authorization: Bearer &lt;key&gt;</code> and JSON. The full description, for tools: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>Phone numbers are in bodies, never in addresses. Lists come in pages: pass <code>next_cursor</code> back as <code>cursor</code>. A key may ask ${PER_MINUTE.usual} times a minute, send ${PER_MINUTE.messages} messages and look up ${PER_MINUTE.lookups} numbers.</p>
<p>A message, and a test of a template, needs an <code>Idempotency-Key</code>, an id of your own for the request: a request that is sent again under the same key gets the same answer, and nobody gets the message twice. Answers are kept for 24 hours.</p>`;

/** The routes, drawn by Swagger UI or, without script, as tables grouped by their noun; and all problems. */
export function docsPage(routes: readonly ApiRoute[], base: string): string {
  const groups = tagsOf(routes);
  const links = groups.map(({ name }) => `<a href="#routes-${name}">${name}</a>`);
  const sections = groups.map(({ name, description }) => {
    const its = routes.filter((route) => tagOf(route) === name);
    return `<h3 id="routes-${name}">${name}</h3>\n<p>${escaped(description)}</p>\n${routeTable(its, base)}`;
  });
  const problems = Object.entries(PROBLEMS).map(
    ([kind, { status, title }]) =>
      `<tr id="${kind}"><td><code>${kind}</code></td><td>${escaped(title)}</td><td>${status}</td></tr>`,
  );
  return page('Assent API', [
    API_INTRODUCTION,
    '<h2>Routes</h2>',
    '<p>Press “Authorize” to enter a key, then “Try it out” on a route. A request that you try is real.</p>',
    '<div id="routes"></div>',
    `<noscript><nav aria-label="Routes">${links.join('\n')}</nav>`,
    ...sections,
    '</noscript>',
    '<h2>Problems</h2>',
    '<p>Errors are <code>application/problem+json</code>. <code>type</code> ends in a name of this list; <code>errors</code> names the fields at fault.</p>',
    table(['Name', 'Meaning', 'Status'], problems),
  ]);
}

function routeTable(routes: readonly ApiRoute[], base: string): string {
  const rows = routes.map(({ method, path, scope, summary }) => {
    const address = `<code>${method.toUpperCase()} ${escaped(base + path)}</code>`;
    return `<tr><td>${address}</td><td>${escaped(summary)}</td><td><code>${scope}</code></td></tr>`;
  });
  return table(['Route', 'What it does', 'Scope'], rows);
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((head) => `<th scope="col">${head}</th>`).join('');
  return `<table class="list"><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

/** An HTML page. `parts` must be escaped HTML. */
function page(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css"><link rel="stylesheet" href="/api/docs/docs.css">
<script src="/api/docs/swagger-ui.js" defer></script><script src="/api/docs/docs.js" defer></script></head>
<body><main>
<h1>${escaped(title)}</h1>
${parts.join('\n')}
</main></body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
