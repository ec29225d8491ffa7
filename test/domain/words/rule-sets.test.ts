import { expect } from 'chai';
import { compilePhrase, indexPhrases, scan } from '../../../src/domain/words/phrases/pattern.ts';
import { RULE_SETS, type RuleSet, ruleSetAt } from '../../../src/domain/words/rule-sets.ts';

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

describe('a phrase pattern', () => {
  const found = (pattern: string, text: string, groups = {}) => {
    let hits = 0;
    scan(text, indexPhrases([compilePhrase('p', pattern, groups)]), () => {
      hits += 1;
      return false;
    });
    return hits > 0;
  };
  const rows: [pattern: string, text: string, matches: boolean][] = [
    ['take me/us off', 'please take us off ', true],
    ['take me/us off', 'retake us off ', false],
    ['take my_number? off', 'take my number off ', true],
    ['take my_number? off', 'take off ', true],
    ['take .. off', 'take a b c off ', true],
    ['take .. off', 'take a b c d off ', false],
    ['take .. off', 'take me / off ', false],
    ['drop ~~ item', 'drop the blue item ', true],
    ['drop ~~ item', 'drop the text item ', false],
    ['^ enough $', 'ok / enough / bye ', true],
    ['^ enough $', 'enough said ', false],
    ['^^ enough $$', 'ok / enough ', false],
    ['stop at !once', 'stop at home ', true],
    ['stop at !once', 'stop at once ', false],
    ['!you never stop', 'they never stop ', true],
    ['!you never stop', 'you never stop ', false],
    ['!не пишите', 'не пишите ', false],
    ['!не пишите', 'вы пишите ', true],
    ['!в_дом звонит', 'не в дом звонит ', false],
    ['stop now !,_it_works', 'stop now / it works ', false],
    ['stop now !,_it_works', 'stop now it works ', true],
    ['stop :doing', 'stop running ', true],
    ['stop *ing', 'stop raising ', true],
    ['stop *ing', 'stop ing ', false],
    ['stop !:doing *ing', 'stop running ', false],
    ['stop *ing/*ed', 'stop raised ', true],
  ];
  for (const [pattern, text, matches] of rows) {
    it(`"${pattern}" ${matches ? 'is' : 'is not'} in "${text.trim()}"`, () => {
      expect(found(pattern, text, { doing: 'running/jumping' })).to.equal(matches);
    });
  }

  it('must begin with a word and name groups that exist', () => {
    expect(() => compilePhrase('p', '.. off', {})).to.throw('must begin with a word');
    expect(() => compilePhrase('p', '*ing off', {})).to.throw('must begin with a word');
    expect(() => compilePhrase('p', 'stop :nothing', {})).to.throw('no word group :nothing');
  });
});
