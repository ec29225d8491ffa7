import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';
import {
  LANGUAGE_FILES,
  languageFile,
  parseWordFile,
  SHARED_WORDS,
  WORD_VERSIONS,
} from '../../../src/domain/words/word-files.ts';
import { compileWordRules, WORD_RULES, type WordRules } from '../../../src/domain/words/word-rules.ts';
import { digestsOfWords } from '../corpus/readings.ts';

const jsonOf = (file: string): unknown => JSON.parse(readFileSync(`templates/words/${file}`, 'utf8'));

describe('word files', () => {
  it('match their JSON schema for editors', () => {
    expect(jsonOf('language.schema.json'), 'npm run words -- --schema writes it').to.deep.equal(
      z.toJSONSchema(languageFile, { io: 'input' }),
    );
  });

  it('have a version that is raised when a word changes', () => {
    const { words, alarms } = digestsOfWords();
    const help = 'Raise the version in templates/words/versions.json, then npm run readings:renew';
    expect(WORD_VERSIONS.versions.at(-1)?.digest, help).to.equal(words);
    expect(WORD_VERSIONS.alarms.digest, help).to.equal(alarms);
  });

  it('begin and end words only on a day on which a version begins or ends', () => {
    const days = WORD_VERSIONS.versions.flatMap(({ effectiveFrom, effectiveTo }) => [
      effectiveFrom,
      effectiveTo,
    ]);
    const dated = [SHARED_WORDS, ...LANGUAGE_FILES]
      .flatMap((file) => [...file.optOut, ...file.commands, ...('rules' in file ? file.rules : [])])
      .flatMap(({ effectiveFrom, effectiveTo }) => [effectiveFrom, effectiveTo])
      .filter((day) => day !== undefined);
    expect(dated.filter((day) => !days.includes(day))).to.deep.equal([]);
  });

  it('name words of laws and carriers with their source', () => {
    for (const { source, words } of LANGUAGE_FILES.flatMap(({ optOut, commands }) => [
      ...optOut,
      ...commands,
    ])) {
      expect(source).not.to.equal('');
      expect(words, source).not.to.include('');
    }
  });
});

describe('fault in a word file', () => {
  const file = { language: 'es', name: 'Spanish' };
  const faultsOf = (over: object): string => {
    try {
      parseWordFile('es.json', languageFile, { ...file, ...over });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const rule = { id: 'threat', means: 'opt-out', phrases: ['los demando'] };
  const table: [what: string, over: object, fault: RegExp][] = [
    [
      'a phrase that is no text',
      { rules: [{ ...rule, phrases: ['a', '// note', 7] }] },
      /rule "threat", phrases no\. 2: /,
    ],
    [
      'two spaces',
      { rules: [{ ...rule, phrases: ['los  demando'] }] },
      /phrases no\. 1: must be words with one space/,
    ],
    ['a meaning that is none', { rules: [{ ...rule, means: 'sure' }] }, /rule "threat", means: .*"opt-out"/],
    ['a key that is misspelt', { rules: [{ ...rule, phrase: [] }] }, /rule "threat": .*"phrase"/],
    [
      'an example of a hint',
      { rules: [{ ...rule, means: 'hint', examples: ['x'] }] },
      /"threat", examples: a hint proves/,
    ],
    ['a list without a source', { optOut: [{ words: ['alto'] }] }, /optOut no\. 1, source: /],
    ['a language that is none', { language: 'xx' }, /es\.json: language: /],
  ];
  for (const [what, over, fault] of table) {
    it(`is reported with file, rule and number: ${what}`, () => {
      expect(faultsOf(over)).to.match(/^templates\/words\/es\.json: /);
      expect(faultsOf(over)).to.match(fault);
    });
  }

  it('is reported with all others of the file', () => {
    expect(faultsOf({ rules: [{ ...rule, means: 'sure', phrases: [''] }] }).split('\n')).to.have.length(2);
  });

  it('is found in phrases too, all at once', () => {
    const [today] = WORD_RULES;
    const spanish = today?.phrases.find(({ language }) => language === 'es');
    if (today === undefined || spanish === undefined) throw new Error('no Spanish');
    const phrases = ['los demando', '.. demando', 'los :demanda', 'los ?!'];
    const rules = [{ id: 'threat', means: 'opt-out' as const, wrongNumber: false, phrases }];
    const changed: WordRules = { ...today, phrases: [{ ...spanish, rules }] };
    expect(() => compileWordRules(changed)).to.throw(
      [
        'templates/words/es.json: rule "threat", phrases no. 2 (".. demando"): a phrase must begin with a word',
        'templates/words/es.json: rule "threat", phrases no. 3 ("los :demanda"): there is no word group :demanda',
        'templates/words/es.json: rule "threat", phrases no. 4 ("los ?!"): no letter in "?!"',
      ].join('\n'),
    );
  });
});
