import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COMMAND, referencePages } from './reference-pages.ts';

const HELP = `${COMMAND}

Writes the pages of docs/reference from the tables of the code: routes, configuration, jobs, error codes of the
carrier, metrics and reasons. Run it after you changed one of these; a test fails until you do.
  --help  prints this`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) return console.log(HELP);
  mkdirSync('docs/reference', { recursive: true });
  for (const [path, text] of Object.entries(await referencePages())) {
    writeFileSync(path, text);
    console.log(`${path}: ${text.split(/\s+/).length} words`);
  }
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
});
