import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzApi } from '../../test/clients/fuzz-api.ts';
import { mochaGlobalSetup, mochaGlobalTeardown } from '../../test/support/mongod.ts';

const HELP = `npm run test:api -- [options]

Sends requests that Schemathesis generates, right and wrong ones, to every operation of the API of a gateway
with a database of its own, and compares each answer with the description of the API. npm run test:clients
does the same for two minutes. Needs Python 3 and, once, its package registry.
  --minutes N  for how long, from 1 (default 20)
  --seed N     makes the same requests as an earlier run, as far as the time reaches (default: a random one)
  --help       print this`;

class UsageError extends Error {}

async function main(): Promise<void> {
  const { values } = readOptions();
  if (values.help) return console.log(HELP);
  const minutes = wholeNumber('minutes', values.minutes ?? '20');
  const seed = wholeNumber('seed', values.seed ?? String(randomInt(1, 1_000_000)));
  const again = `npm run test:api -- --minutes ${minutes} --seed ${seed}`;
  console.log(`Tests the API for ${minutes} minutes with the seed ${seed}.`);
  const fixture = {};
  await mochaGlobalSetup.call(fixture);
  try {
    const { failed, counts, output } = await fuzzApi({ seconds: minutes * 60, seed });
    if (failed) console.error(`${output}\nTo repeat it: ${again}`);
    console.log(counts);
    process.exitCode = failed ? 1 : 0;
  } finally {
    await mochaGlobalTeardown.call(fixture);
  }
}

function readOptions() {
  try {
    return parseArgs({
      options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`--${name} takes a whole number from 1, not ${text}.`);
  return Number(text);
}

main().catch((error: unknown) => {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  console.error(error instanceof UsageError ? error.message : error);
});
