import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { STATE_CAPS } from '../../src/domain/caps/cap-rules.ts';
import { type AllowedHours, HOUR_RULES } from '../../src/domain/hours/state-hours.ts';

/** The cells of the table whose first heading is this one. */
function tableOf(page: string, heading: string): string[][] {
  const lines = readFileSync(page, 'utf8').split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`| ${heading} `)) + 2;
  const rows = lines.slice(begin);
  return rows.slice(0, rows.indexOf('')).map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

const clock = (minutes: number): string =>
  `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
const said = (hours: AllowedHours): string =>
  hours === null ? 'none' : `${clock(hours.from)} to ${clock(hours.to)}`;

describe('documentation pages on the law', () => {
  it('show the table of allowed hours, row by row', () => {
    const rules = HOUR_RULES.map((hourRule) => [
      hourRule.jurisdiction,
      said(hourRule.weekdays),
      said(hourRule.saturdays),
      said(hourRule.sundays),
      hourRule.noneOn.join(', '),
      hourRule.clock ?? '',
      hourRule.effectiveFrom ?? '',
      hourRule.effectiveTo ?? '',
      hourRule.source,
    ]);
    expect(tableOf('docs/quiet-hours.md', 'where')).to.deep.equal(rules);
  });

  it('show the table of caps, row by row', () => {
    const caps = STATE_CAPS.map(({ jurisdiction, count, hours, effectiveFrom, source }) => [
      jurisdiction,
      `${count} in ${hours} h`,
      effectiveFrom ?? '',
      source,
    ]);
    expect(tableOf('docs/caps.md', 'where')).to.deep.equal(caps);
  });
});
