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

/** A whole page without script or asset, from parts that are HTML already. */
export function page(title: string, parts: readonly string[]): string {
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

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Words in which names stand between backticks. */
export const withNames = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
