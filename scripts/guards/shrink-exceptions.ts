import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { differences, formatList, listOf, readList, shrunk, totalOf } from '../../test/honesty/exceptions.ts';
import { type Findings, HOUSE_RULES, type HouseRule } from '../../test/honesty/house-rules.ts';
import { readSources } from '../../test/honesty/tree.ts';

const HELP = `npm run honesty:shrink -- [options]

Shortens the lists of exceptions in test/honesty/exceptions: deletes what is mended and lowers numbers. It adds nothing
and raises nothing; what is new must be mended in the code. Exit code 1 where something is new.
  --moved    after files or names were moved: writes a list anew where its entries and its total do not grow by it
  --remake   writes every list anew, also where it grows, and says which grew; for the merge of two branches
  --list     prints how many entries each list has, and its total; writes nothing
  --help     this`;

const KINDS = { moved: { type: 'boolean' }, remake: { type: 'boolean' }, list: { type: 'boolean' } } as const;

function main(): void {
  const { values } = parseArgs({ options: { ...KINDS, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const sources = readSources(/\.(ts|mjs)$/);
  for (const rule of Object.values<HouseRule>(HOUSE_RULES)) {
    const listed = existsSync(listOf(rule)) ? readList(rule) : new Map<string, number>();
    const found = rule.find(sources);
    if (values.list) {
      console.log(`${rule.name}: ${sizeOf(listed)}`);
      continue;
    }
    const grows = found.size > listed.size || totalOf(found) > totalOf(listed);
    const anew = values.remake || (values.moved && !grows);
    update(rule, found, listed, anew ? found : shrunk(found, listed));
  }
}

function update(rule: HouseRule, found: Findings, listed: Findings, entries: Findings): void {
  writeFileSync(listOf(rule), formatList(rule, entries));
  const grew = entries.size > listed.size || totalOf(entries) > totalOf(listed);
  console.log(`${rule.name}: ${sizeOf(listed)} before, ${sizeOf(entries)} now${grew ? '; IT GREW' : ''}`);
  const left = differences(rule, found, entries);
  for (const line of left) console.log(`  ${line}`);
  if (left.length > 0) process.exitCode = 1;
}

const sizeOf = (entries: Findings): string => `${entries.size} entries, total ${totalOf(entries)}`;

main();
