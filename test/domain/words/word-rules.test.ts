import { expect } from 'chai';
import {
  COMPILED_WORD_RULES,
  type CompiledWordRules,
  wordRulesAt,
} from '../../../src/domain/words/word-rules.ts';

describe('versions of the word rules', () => {
  const [only] = COMPILED_WORD_RULES;
  const later = (version: string, effectiveFrom: string, effectiveTo: string | null): CompiledWordRules => {
    if (only === undefined) throw new Error('no rule set');
    return { ...only, version, effectiveFrom, effectiveTo };
  };
  const sets = [later('a', '2025-04-11', '2027-01-31'), later('b', '2027-01-31', null)];

  it('apply by the day in UTC', () => {
    expect(wordRulesAt(new Date('2027-01-30T23:59:59Z'), sets).version).to.equal('a');
    expect(wordRulesAt(new Date('2027-01-31T00:00:00Z'), sets).version).to.equal('b');
  });

  it('begin with the first version for any earlier day', () => {
    expect(wordRulesAt(new Date('2020-01-01T00:00:00Z'), sets).version).to.equal('a');
  });

  it('exist for any moment', () => {
    expect(wordRulesAt(new Date('2026-09-01T00:00:00Z')).source).to.match(/47 CFR 64\.1200/);
    expect(() => wordRulesAt(new Date('2026-09-01T00:00:00Z'), [])).to.throw('no rule set');
  });

  it('cover time without a gap or an overlap', () => {
    const ends = COMPILED_WORD_RULES.map(({ effectiveTo }) => effectiveTo);
    expect(ends.at(-1)).to.equal(null);
    expect(ends.slice(0, -1)).to.deep.equal(
      COMPILED_WORD_RULES.slice(1).map(({ effectiveFrom }) => effectiveFrom),
    );
  });
});
