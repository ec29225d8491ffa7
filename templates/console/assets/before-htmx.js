// htmx swaps nothing where the browser's own parser throws on options, as some do.
try {
  Document.parseHTMLUnsafe?.('', {});
} catch {
  Document.parseHTMLUnsafe = undefined;
}
