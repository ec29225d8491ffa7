import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  changedReadings,
  formatReadings,
  parseReadings,
  READINGS,
  readCorpus,
} from '../../test/domain/corpus/readings.ts';

const HELP = `npm run readings:renew -- [--help]

Reads every labelled text of test/domain/corpus, prints each one that is read differently than
${READINGS} says, and writes that file anew. A change of the words lists in its note what this prints;
a change that only moves code must print nothing.`;

function main(): void {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const corpus = readCorpus();
  const recorded = parseReadings(existsSync(READINGS) ? readFileSync(READINGS, 'utf8') : '');
  const changed = changedReadings(corpus, recorded);
  for (const line of changed) console.log(line);
  writeFileSync(READINGS, formatReadings(corpus));
  console.log(`${corpus.length} texts; changed: ${changed.length}`);
}

main();
