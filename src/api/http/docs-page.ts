import { PROBLEMS } from './problems.ts';
import { PER_MINUTE } from './rate-limits.ts';
import type { ApiRoute } from './route.ts';

const STYLE = `
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h2,h3{margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{text-align:left;padding:.35rem .7rem .35rem 0;border-bottom:1px solid #8886;vertical-align:top}
th:first-child{width:40%}th:last-child{width:20%}
code{overflow-wrap:anywhere}
nav a{display:inline-block;margin:0 .8rem .2rem 0}
@media(max-width:40rem){
thead{position:absolute;clip-path:inset(50%)}
tr{display:block;padding:.5rem 0;border-bottom:1px solid #8886}
td{display:block;border:0;padding:.1rem 0}
}`;

const API_INTRODUCTION = `<p>Send <code>Authorization: Bearer &lt;key&gt;</code> and JSON. The full description, for tools: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>Phone numbers are in bodies, never in addresses. Lists come in pages: pass <code>next_cursor</code> back as <code>cursor</code>. A key may ask ${PER_MINUTE.usual} times a minute, send ${PER_MINUTE.messages} messages and look up ${PER_MINUTE.lookups} numbers.</p>
<p>A message, and a test of a template, needs an <code>Idempotency-Key</code>, an id of your own for the request: a request that is sent again under the same key gets the same answer, and nobody gets the message twice. Answers are kept for 24 hours.</p>`;

/** All routes, grouped by their noun, and all problems. */
export function docsPage(routes: readonly ApiRoute[], base: string): string {
  const nouns = [...new Set(routes.map(nounOf))].sort();
  const links = nouns.map((noun) => `<a href="#routes-${noun}">${noun}</a>`);
  const sections = nouns.map((noun) => {
    const its = routes.filter((route) => nounOf(route) === noun);
    return `<h3 id="routes-${noun}">${noun}</h3>\n${routeTable(its, base)}`;
  });
  const problems = Object.entries(PROBLEMS).map(
    ([kind, { status, title }]) =>
      `<tr id="${kind}"><td><code>${kind}</code></td><td>${escaped(title)}</td><td>${status}</td></tr>`,
  );
  return page('Assent API', [
    API_INTRODUCTION,
    `<h2>Routes</h2>\n<nav aria-label="Routes">${links.join('\n')}</nav>`,
    ...sections,
    '<h2>Problems</h2>',
    '<p>Errors are <code>application/problem+json</code>. <code>type</code> ends in a name of this list; <code>errors</code> names the fields at fault.</p>',
    table(['Name', 'Meaning', 'Status'], problems),
  ]);
}

const nounOf = ({ path }: ApiRoute): string => path.split('/')[1] ?? '';

function routeTable(routes: readonly ApiRoute[], base: string): string {
  const rows = routes.map(({ method, path, scope, summary }) => {
    const address = `<code>${method.toUpperCase()} ${escaped(base + path)}</code>`;
    return `<tr><td>${address}</td><td>${escaped(summary)}</td><td><code>${scope}</code></td></tr>`;
  });
  return table(['Route', 'What it does', 'Scope'], rows);
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((head) => `<th scope="col">${head}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

/** An HTML page without scripts and assets. `parts` must be escaped HTML. */
function page(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${STYLE}</style></head>
<body><main>
<h1>${escaped(title)}</h1>
${parts.join('\n')}
</main></body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
