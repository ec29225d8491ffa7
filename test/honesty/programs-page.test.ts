import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { programAnswer } from '../../src/api/programs.ts';
import { CONSENT_AGE } from '../../src/domain/consent/consent-age.ts';

/** Each setting of the table with its cell of defaults; settings that share a row share the cell. */
const rows = [
  ...readFileSync('docs/programs.md', 'utf8').matchAll(/^\| (`\w+`(?:, `\w+`)*) +\| (.*?) +\| .+\|$/gm),
].flatMap(([, names = '', usual = '']) =>
  names.split(', ').map((name) => ({ name: name.replaceAll('`', ''), usual: usual.trim() })),
);

describe('docs/programs.md', () => {
  const { id: _, ...shape } = programAnswer.shape;

  it('has every setting of a program that has a default once, and no other', () => {
    const withDefault = Object.entries(shape).filter(([, rule]) => rule.type === 'prefault');
    expect(rows.map(({ name }) => name).sort()).to.deep.equal(withDefault.map(([name]) => name).sort());
  });

  it('gives the default of each', () => {
    for (const { name, usual } of rows) {
      const rule = shape[name as keyof typeof shape];
      expect(usual, name).not.to.equal('');
      const value: unknown = rule.type === 'prefault' ? rule.def.defaultValue : null;
      if (typeof value === 'string' || typeof value === 'number')
        expect(usual.replaceAll('`', '')).to.equal(String(value));
    }
  });

  it('says when consent lapses', () => {
    const { usual = '' } = rows.find(({ name }) => name === 'consent_age') ?? {};
    expect(usual).to.equal(`${CONSENT_AGE.months} months, asked ${CONSENT_AGE.askDays} days before`);
  });
});
