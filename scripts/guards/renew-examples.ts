import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { recordExamples } from '../../test/api/good/record-examples.ts';
import { mochaGlobalSetup, mochaGlobalTeardown } from '../../test/support/mongod.ts';

const EXAMPLES = 'templates/api/examples.json';

const HELP = `npm run examples:renew -- [--help]

Runs the good requests of test/api/good against a gateway with a database of its own and writes one
request and answer of each operation into ${EXAMPLES}, which the description of the API shows.
Ids, keys and times are replaced by fixed values. Run it when a shape of the API has changed, then
npm run format.`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const fixture = {};
  await mochaGlobalSetup.call(fixture);
  try {
    const { examples, missing } = await recordExamples();
    writeFileSync(EXAMPLES, `${JSON.stringify(examples, null, 2)}\n`);
    console.log(`${Object.keys(examples).length} operations have an example.`);
    for (const name of missing) console.error(`No good request of this operation succeeded: ${name}`);
    if (missing.length > 0) process.exitCode = 1;
  } finally {
    await mochaGlobalTeardown.call(fixture);
  }
}

await main();
