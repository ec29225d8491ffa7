import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACTIONS, ERROR_CODES, type ErrorRow } from '../../src/domain/hygiene/error-codes.ts';
import { rowsUnder } from './page-tables.ts';

const PAGE = readFileSync('docs/error-codes.md', 'utf8');

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
    expect(rowsUnder(PAGE, 'Codes')).to.deep.equal(table);
  });

  it('explains every action in the words of the table', () => {
    expect(rowsUnder(PAGE, 'Actions')).to.deep.equal(
      Object.entries(ACTIONS).map(([action, words]) => [`\`${action}\``, words]),
    );
  });
});
