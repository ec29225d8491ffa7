import { expect } from 'chai';
import { LANGUAGE_FILES, type LanguageFile } from '../../../src/domain/words/word-files.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { misreadExamples } from '../corpus/examples.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));

describe('examples of the word rules', () => {
  for (const file of LANGUAGE_FILES) {
    it(`are read as their rules mean: ${file.name}`, () => {
      expect(misreadExamples(file, rules)).to.deep.equal([]);
    });
  }

  it('exist for most rules', () => {
    const all = LANGUAGE_FILES.flatMap((file) => file.rules);
    expect(all.filter(({ examples }) => examples.length > 0).length).to.be.greaterThan(all.length * 0.6);
  });

  const english = LANGUAGE_FILES.find(({ language }) => language === 'en');
  const rule = english?.rules.find(({ id }) => id === 'threat');
  const faults = (over: Partial<LanguageFile['rules'][number]>): string[] => {
    if (english === undefined || rule === undefined) throw new Error('no English rule "threat"');
    const changed = { ...rule, examples: [], counterexamples: [], ...over };
    return misreadExamples({ ...english, rules: [changed] }, rules);
  };

  it('fail where another rule, or none, reads them', () => {
    expect(faults({ examples: ['see you in court', 'wrong number', 'nice shoes'] })).to.deep.equal([
      'templates/words/en.json: rule "threat", examples no. 2 ("wrong number") must be read as opt-out by this rule. ' +
        'It is read as an opt-out (rule wrong-number).',
      'templates/words/en.json: rule "threat", examples no. 3 ("nice shoes") must be read as opt-out by this rule. ' +
        'It is read as no opt-out.',
    ]);
  });

  it('fail where a counterexample is read as an opt-out', () => {
    expect(faults({ counterexamples: ['nice shoes', 'see you in court'] })).to.deep.equal([
      'templates/words/en.json: rule "threat", counterexamples no. 2 ("see you in court") must be left alone. ' +
        'It is read as an opt-out (rule threat).',
    ]);
  });

  it('may be held by another rule where the rule itself means an opt-out', () => {
    expect(faults({ counterexamples: ['too many texts'] })).to.deep.equal([]);
    expect(faults({ means: 'perhaps-opt-out', counterexamples: ['too many texts'] })).to.have.length(1);
  });
});
