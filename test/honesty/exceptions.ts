import { readFileSync } from 'node:fs';
import type { Findings, HouseRule } from './house-rules.ts';
import { readSources } from './tree.ts';

export const listOf = ({ name }: Pick<HouseRule, 'name'>): string => `test/honesty/exceptions/${name}.txt`;

/** The entries of a list: one a line, its number behind it where there is one. "#" begins a comment. */
export function parseList(text: string): Findings {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, key = line, count = '1'] = /^(.*) (\d+)$/.exec(line) ?? [];
      return [key, Number(count)];
    }),
  );
}

/** A list as it is written: sorted, so that two of them merge line by line. */
export function formatList({ rule, counted }: HouseRule, entries: Findings): string {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([key, count]) => (counted ? `${key} ${count}` : key));
  return `${[`# ${rule}`, '# May only shrink: npm run honesty:shrink', ...lines].join('\n')}\n`;
}

/** Every place where the code and a list differ, one line each. Empty where they agree. */
export function differences(rule: HouseRule, found: Findings, listed: Findings): string[] {
  const list = listOf(rule);
  const more = [...found].flatMap(([key, count]) => {
    const most = listed.get(key);
    if (most === undefined)
      return [`${key}: not listed${rule.counted ? `, found ${count}` : ''}. ${rule.rule}`];
    return count > most ? [`${key}: ${count} found, ${most} listed. ${rule.rule}`] : [];
  });
  const fewer = [...listed].flatMap(([key, most]) => {
    const count = found.get(key);
    if (count === undefined) return [`${key}: nothing found any more. Delete the line "${key}" of ${list}`];
    return count < most ? [`${key}: ${count} found. Lower ${most} to ${count} in ${list}`] : [];
  });
  const help = fewer.length > 0 ? ['npm run honesty:shrink shortens the lists.'] : [];
  return [...more.sort(), ...fewer.sort(), ...help];
}

/** The list without what is mended; nothing is added, and no number rises. */
export function shrunk(found: Findings, listed: Findings): Findings {
  return new Map(
    [...listed].flatMap(([key, most]) => {
      const count = found.get(key);
      return count === undefined ? [] : [[key, Math.min(count, most)] as const];
    }),
  );
}

/** All numbers of a list together. */
export const totalOf = (entries: Findings): number =>
  [...entries.values()].reduce((sum, count) => sum + count, 0);

export const readList = (rule: HouseRule): Findings => parseList(readFileSync(listOf(rule), 'utf8'));

/** Every place where the project and the list of a rule differ. */
export const differencesInProject = (rule: HouseRule): string[] =>
  differences(rule, rule.find(readSources(/\.(ts|mjs)$/)), readList(rule));
