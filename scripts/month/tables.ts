import type { DayFigures, MonthFigures } from './figures.ts';
import { JUDGEMENTS, type Reckoning } from './reckoning.ts';
import type { Duplicates } from './twins.ts';

/** Columns of numbers under their names, the first column to the left. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map(shown));
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
}

const shown = (cell: string | number): string =>
  typeof cell === 'string' ? cell : cell === 0 ? '.' : cell.toLocaleString('en-US');

const COLUMNS: [head: string, of: keyof DayFigures][] = [
  ['day', 'date'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['failed', 'failed'],
  ['suppressed', 'suppressed'],
  ['restored', 'restored'],
  ['ended', 'ended'],
  ['opted out', 'optedOut'],
  ['held', 'held'],
  ['incidents', 'incidents'],
  ['frozen', 'frozen'],
];

/** Day by day, and what each rule came to. */
export function monthTable({ days, byRule }: MonthFigures): string[] {
  const rows = days.map((day) => COLUMNS.map(([, of]) => day[of]));
  const totals = COLUMNS.map(([, of]) =>
    of === 'date' ? 'all' : days.reduce((sum, day) => sum + (day[of] as number), 0),
  );
  const head = COLUMNS.map(([name]) => name);
  const rules = [...byRule].sort().map(([rule, count]): [string, number] => [rule, count]);
  return [...table(head, [...rows, totals]), '', ...table(['rule', 'times'], rules)];
}

/** The reckoning with what really happened. */
export function reckoningTable({ rows, ...sum }: Reckoning): string[] {
  const lines = rows.map(({ group, people, counts }) => [
    group,
    people,
    ...JUDGEMENTS.map((judgement) => counts[judgement]),
  ]);
  return [
    ...table(['people', 'all', ...JUDGEMENTS], lines),
    '',
    `Good numbers wrongly removed: ${sum.wrong}. People who asked us to stop and would still be texted: ${sum.ignored}.`,
    `Numbers that went bad: ${sum.bad}. Of these found and removed: ${sum.found}. Bad numbers that showed and would still be texted: ${sum.missed}.`,
  ];
}

/** What the scan for duplicates made of those who have two numbers. */
export function duplicatesLine({ pairs, found, others, likelyOthers }: Duplicates): string {
  const [all, mine, rest, likely] = [pairs, found, others, likelyOthers].map((count) =>
    count.toLocaleString('en-US'),
  );
  return `Duplicates: ${mine} of ${all} pairs of numbers of one person found. Listed beside them: ${rest} pairs of two people, ${likely} of them as likely.`;
}
