import { PER_MINUTE } from './limits.ts';
import { PROBLEMS } from './problem.ts';
import type { Route } from './route.ts';

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .7rem .35rem 0;border-bottom:1px solid #ccc;vertical-align:top}code{overflow-wrap:anywhere}@media(max-width:40rem){thead{position:absolute;clip-path:inset(50%)}tr{display:block;padding:.5rem 0;border-bottom:1px solid #ccc}td{display:block;border:0;padding:.1rem 0}}';

/** A page without script or asset that lists the routes and the problems. */
export function docsPage(routes: readonly Route[], base: string): string {
  const rows = routes.map(({ method, path, scope, summary }) =>
    row([
      `<code>${method.toUpperCase()} ${escaped(base + path)}</code>`,
      escaped(summary),
      `<code>${scope}</code>`,
    ]),
  );
  const problems = Object.entries(PROBLEMS).map(
    ([kind, { status, title }]) =>
      `<tr id="${kind}"><td><code>${kind}</code></td><td>${status}</td><td>${escaped(title)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Assent API</title>
<style>${STYLE}</style></head>
<body><main>
<h1>Assent API</h1>
<p>Send <code>Authorization: Bearer &lt;key&gt;</code> and JSON. The full description, for tools: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>A number stands in a body, never in an address. Lists come in pages: pass <code>next_cursor</code> back as <code>cursor</code>. A key may ask ${PER_MINUTE.usual} times a minute, send ${PER_MINUTE.messages} messages and look up ${PER_MINUTE.lookups} numbers.</p>
<p>A message needs an <code>Idempotency-Key</code>, an id of your own for it: sent again under the same key, it is answered as before and goes to nobody twice. Answers are kept for 24 hours.</p>
<h2>Routes</h2>
${table(['Route', 'What it does', 'Scope'], rows)}
<h2>Problems</h2>
<p>Errors are <code>application/problem+json</code>. <code>type</code> ends in a name of this list; <code>errors</code> names the fields at fault.</p>
${table(['Name', 'Status', 'Meaning'], problems)}
</main></body></html>
`;
}

const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((one) => `<th scope="col">${one}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
