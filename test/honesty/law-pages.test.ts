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
  hours === null ? 'none' : `${clock(hours.from)}–${clock(hours.to)}`;

type HourRule = (typeof HOUR_RULES)[number];

/** A place as the page names it: with the dates between which its row counts. */
const placeOf = ({ jurisdiction, effectiveFrom, effectiveTo }: HourRule): string =>
  [
    jurisdiction,
    ...(effectiveFrom === null ? [] : [`from ${effectiveFrom}`]),
    ...(effectiveTo === null ? [] : [`until ${effectiveTo}`]),
  ].join(' ');

describe('documentation pages on the law', () => {
  it('show the permitted hours of every place', () => {
    const hours = HOUR_RULES.map((rule) =>
      [placeOf(rule), said(rule.weekdays), said(rule.saturdays), said(rule.sundays)].join('; '),
    );
    const shown = tableOf('docs/quiet-hours.md', 'Monday to Friday').flatMap(
      ([weekdays, saturdays, sundays, places]) =>
        (places ?? '').split(', ').map((place) => [place, weekdays, saturdays, sundays].join('; ')),
    );
    expect(shown.sort()).to.deep.equal(hours.sort());
  });

  it('name the places with holidays, and those where one clock counts for everybody', () => {
    const page = readFileSync('docs/quiet-hours.md', 'utf8').replaceAll(/\s+/g, ' ');
    const states = HOUR_RULES.filter(({ noneOn, jurisdiction }) => noneOn.includes(jurisdiction as 'AL'));
    const names = states.map(({ jurisdiction }) => jurisdiction);
    expect(page).to.contain(`Nothing is sent on state holidays in ${names.join(', ')}.`);
    const unknown = HOUR_RULES.find(({ jurisdiction }) => jurisdiction === 'unknown-state');
    expect(unknown?.noneOn).to.have.members(['federal', ...names]);
    expect(HOUR_RULES.filter(({ noneOn }) => noneOn.length > 0)).to.have.length(names.length + 1);
    for (const { jurisdiction, clock: zone } of HOUR_RULES)
      if (zone !== null) expect(page).to.contain(`In ${jurisdiction} the clock of \`${zone}\` counts`);
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
