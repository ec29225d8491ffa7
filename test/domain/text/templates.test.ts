import { expect } from 'chai';
import { LANGUAGES } from '../../../src/domain/program.ts';
import { countParts } from '../../../src/domain/text/parts.ts';
import type { RequiredKind } from '../../../src/domain/text/required-content.ts';
import { missingItems } from '../../../src/domain/text/required-content.ts';
import {
  checkTemplates,
  sayer,
  TEMPLATE_KEYS,
  TemplateError,
  type TemplateKey,
} from '../../../src/domain/text/system-messages.ts';
import { CARE, DEALS, TEMPLATES, valuesOf } from './fernway.ts';

const REQUIRED: [TemplateKey, RequiredKind][] = [
  ['prompt', 'prompt'],
  ['topics-on-needs-prompt', 'prompt'],
  ['renewal', 'prompt'],
  ['welcome', 'welcome'],
  ['welcome-topic', 'welcome'],
  ['help', 'help'],
  ['stop-all', 'stop-all'],
  ['stop-all-program', 'stop-all'],
];

/** Word by which each language is told how to end the texts. */
const STOP = { en: 'STOP', es: 'STOP', fr: 'ARRET' };

describe('shipped texts', () => {
  it('exist in every language under every key, with the same placeholders', () => {
    expect(checkTemplates(TEMPLATES)).to.deep.equal([]);
  });

  for (const language of LANGUAGES) {
    for (const program of [DEALS, CARE]) {
      describe(`${program.name} in ${language}`, () => {
        const text = (key: TemplateKey) => sayer(TEMPLATES)(key, language, valuesOf(program, language));

        for (const [key, kind] of REQUIRED) {
          it(`hold every required item of a ${kind} within its parts: ${key}`, () => {
            expect(missingItems(kind, text(key), program, language)).to.deep.equal([]);
          });
        }

        for (const key of ['welcome-held', 'welcome-paused', 'welcome-now'] as const) {
          it(`hold every required item of a welcome in two parts, with what holds texts back: ${key}`, () => {
            const missing = missingItems('welcome', text(key), program, language);
            expect(missing.filter(({ item }) => item !== 'one-part')).to.deep.equal([]);
          });
        }

        for (const key of TEMPLATE_KEYS) {
          it(`stay in GSM-7 and two parts, without brace, mark or doubled space: ${key}`, () => {
            const counted = countParts(text(key));
            expect(counted.offenders, text(key)).to.deep.equal([]);
            expect(counted.parts, text(key)).to.be.at.most(2);
            expect(text(key)).not.to.match(/[{}!¡]| {2}| \n/);
          });
        }
      });
    }

    it(`ask nothing, link nothing and offer no way back in the answer to STOP (${language})`, () => {
      for (const key of ['stop-all', 'stop-all-program'] as const) {
        const text = sayer(TEMPLATES)(key, language, valuesOf(DEALS, language));
        expect(text).not.to.match(/[?¿]|http|START|JOIN|OFERTAS|OFFRES/);
      }
    });

    it(`say how to end texts to everybody who may still get some (${language})`, () => {
      const telling: TemplateKey[] = [
        'already-subscribed',
        'menu',
        'topics-on',
        'topics-on-held',
        'stop-some',
        'stop-some-held',
        'why',
        'why-asked-for',
        'pause',
        'resume',
        'resume-elsewhere',
        'already-paused',
        'topics-on-paused',
        'not-paused',
        'resume-away',
        'why-now',
        'why-now-asked-for',
        'already-in-now',
        'topics-on-now',
        'stop-some-now',
        'resume-now',
        'welcome-now',
      ];
      for (const key of [
        ...telling,
        'hold-notice',
        'unknown',
        'help-general',
        'help-ended',
        'not-in-those',
        'other-word',
        'prefs',
        'opt-out-line',
      ] as const) {
        expect(sayer(TEMPLATES)(key, language, valuesOf(DEALS, language)), key).to.include(STOP[language]);
      }
    });
  }

  it('name the brand, except in lines of a longer text', () => {
    // What HELP says of several programs is their lines, each with its program's name.
    const isLine = (key: TemplateKey): boolean =>
      key.startsWith('now-') ||
      key.startsWith('menu-line') ||
      key === 'opt-out-line' ||
      key === 'help-general';
    for (const language of LANGUAGES) {
      for (const key of TEMPLATE_KEYS.filter((name) => !isLine(name))) {
        expect(sayer(TEMPLATES)(key, language, valuesOf(CARE, language)), key).to.include('Fernway');
      }
    }
  });

  it('show topics that are on and off differently in the menu', () => {
    for (const language of LANGUAGES) {
      const line = (key: TemplateKey) => sayer(TEMPLATES)(key, language, valuesOf(DEALS, language));
      expect(line('menu-line-on')).not.to.equal(line('menu-line-off'));
    }
  });
});

describe('validation of template files', () => {
  const withEnglish = (changes: Record<string, string>) => ({
    ...TEMPLATES,
    en: { ...TEMPLATES.en, ...changes },
  });

  it('names a missing, an empty and an unused text', () => {
    const { help, ...en } = TEMPLATES.en as Record<string, string>;
    expect(help).to.be.a('string');
    expect(checkTemplates({ ...TEMPLATES, en })).to.include('en: "help" is missing');
    expect(checkTemplates(withEnglish({ help: ' ' }))).to.include('en: "help" is missing');
    expect(checkTemplates(withEnglish({ helpp: 'x' }))).to.deep.equal(['en: "helpp" is not a text we use']);
  });

  it('names a placeholder without a value, a stray brace, and a language that differs', () => {
    expect(checkTemplates(withEnglish({ unknown: '{brand} {brnad}' }))).to.deep.equal([
      'en: "unknown" names {brnad}, which nothing fills',
      'es: "unknown" has other placeholders than en',
      'fr: "unknown" has other placeholders than en',
    ]);
    expect(checkTemplates(withEnglish({ unknown: '{brand} {' }))[0]).to.equal(
      'en: "unknown" has a brace that belongs to no placeholder',
    );
  });

  it('fails at once where a text is missing and names it', () => {
    const sets = { ...TEMPLATES, fr: {} };
    expect(() => sayer(sets)('help', 'fr', {})).to.throw(TemplateError, 'no-template (fr/help)');
  });
});
