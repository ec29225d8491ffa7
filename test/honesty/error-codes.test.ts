import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACTIONS, ERROR_CODES, type ErrorRow } from '../../src/domain/hygiene/error-codes.ts';

const PAGE = readFileSync('docs/error-codes.md', 'utf8');

/** The cells of a table's rows, under a heading. */
const rowsUnder = (heading: string): string[][] =>
  (PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| -/.test(line))
    .slice(1)
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim()),
    );

const thresholdOf = ({ threshold }: ErrorRow): string =>
  threshold === null
    ? ''
    : threshold.times === 1
      ? 'at once'
      : `${threshold.times} days of ${threshold.withinDays}`;

describe('docs/error-codes.md', () => {
  it('matches the table of errors, row by row', () => {
    const table = ERROR_CODES.map((row) => [
      `[${row.code}](${row.source})`,
      row.seen.join(', '),
      row.class,
      `\`${row.action}\``,
      thresholdOf(row),
      row.sentence,
      row.todo,
    ]);
    expect(rowsUnder('Codes')).to.deep.equal(table);
  });

  it('explains every action in the words of the table', () => {
    expect(rowsUnder('Actions')).to.deep.equal(
      Object.entries(ACTIONS).map(([action, words]) => [`\`${action}\``, words]),
    );
  });
});
