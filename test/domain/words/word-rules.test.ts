import { expect } from 'chai';
import { RULE_SETS, type RuleSet, ruleSetAt } from '../../../src/domain/words/word-rules.ts';

describe('a rule set', () => {
  const [only] = RULE_SETS;
  const later = (version: string, effectiveFrom: string, effectiveTo: string | null): RuleSet => {
    if (only === undefined) throw new Error('no rule set');
    return { ...only, version, effectiveFrom, effectiveTo };
  };
  const sets = [later('a', '2025-04-11', '2027-01-31'), later('b', '2027-01-31', null)];

  it('is the one in force on the day, UTC', () => {
    expect(ruleSetAt(new Date('2027-01-30T23:59:59Z'), sets).version).to.equal('a');
    expect(ruleSetAt(new Date('2027-01-31T00:00:00Z'), sets).version).to.equal('b');
  });

  it('is the first one before any was in force', () => {
    expect(ruleSetAt(new Date('2020-01-01T00:00:00Z'), sets).version).to.equal('a');
  });

  it('is always to be had', () => {
    expect(ruleSetAt(new Date('2026-09-01T00:00:00Z')).source).to.match(/47 CFR 64\.1200/);
    expect(() => ruleSetAt(new Date('2026-09-01T00:00:00Z'), [])).to.throw('no rule set');
  });

  it('covers time without a gap or an overlap', () => {
    const ends = RULE_SETS.map(({ effectiveTo }) => effectiveTo);
    expect(ends.at(-1)).to.equal(null);
    expect(ends.slice(0, -1)).to.deep.equal(RULE_SETS.slice(1).map(({ effectiveFrom }) => effectiveFrom));
  });
});
