import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import type { Language, Program } from '../../../src/domain/program.ts';
import { checkTemplate } from '../../../src/domain/templates/check-template.ts';
import { emptyTextFault, languageOf, NOTHING_ISSUED } from '../../../src/domain/templates/template.ts';

describe('template language for a person', () => {
  const table: [has: Language[], writes: Language[], wanted: Language, gets: Language | null][] = [
    [['en', 'es'], ['en', 'es'], 'es', 'es'],
    [['en'], ['en', 'es'], 'es', 'en'],
    // The program's first language came after the template.
    [['en'], ['es', 'en'], 'es', 'en'],
    [['en', 'fr'], ['es', 'fr', 'en'], 'es', 'fr'],
    [['en'], ['es', 'fr'], 'es', null],
    // Not one that the program writes in no more.
    [['en'], ['es'], 'es', null],
    [[], ['en'], 'en', null],
  ];
  for (const [has, writes, wanted, gets] of table) {
    it(`is ${gets} of ${has} where the program writes in ${writes} and ${wanted} is wanted`, () => {
      const texts = Object.fromEntries(has.map((language) => [language, 'a text']));
      expect(languageOf(texts, writes, wanted)).to.equal(gets);
    });
  }
});

describe('empty template text', () => {
  const table: [text: string, withMedia: boolean, wrong: boolean][] = [
    ['', false, true],
    [' \n\u00A0', false, true],
    ['20% off', false, false],
    ['', true, false],
  ];
  for (const [text, withMedia, wrong] of table) {
    it(`is ${wrong ? 'refused' : 'not seen'} in ${JSON.stringify(text)}${withMedia ? ' with a picture' : ''}`, () => {
      expect(emptyTextFault(text, withMedia) !== null).to.equal(wrong);
    });
  }

  it('is refused although the rule of its program would add to it', () => {
    const deals = PROGRAMS.find((program) => program.id === 'deals') as Program;
    const program: Program = { ...deals, marketingTexts: { brand: 'add', optOut: 'add' } };
    const nameable = {
      ...{
        fields: new Set<string>(),
        flags: new Set<string>(),
        sealed: new Set<string>(),
        samples: NOTHING_ISSUED,
      },
      optOutLine: () => 'Reply STOP to end.',
    };
    const checked = checkTemplate({ texts: { en: '{first_name|}' } }, program, nameable);
    expect(checked.ok ? [] : checked.faults.map(({ path }) => path)).to.deep.equal(['/texts/en']);
  });
});
