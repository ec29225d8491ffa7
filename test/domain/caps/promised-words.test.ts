import { expect } from 'chai';
import { frequenciesPromised, frequenciesShown } from '../../../src/domain/caps/frequency-words.ts';
import { programValues } from '../../../src/domain/consent/naming.ts';
import type { Language } from '../../../src/domain/program.ts';
import type { TemplateKey } from '../../../src/domain/text/messages.ts';
import { programUnderCaps } from '../../sending/caps-rig.ts';
import { say } from '../consent/conversation.ts';

/** Frequencies that a save accepts, and whether the words of a prompt give them away where they alone are known. */
const hidden: [Language, frequency: string, byWordsAlone: boolean][] = [
  ['en', 'approx. 4/month', true],
  ['en', 'not more than 4/month', true],
  ['en', '4 per month at most', true],
  ['en', '4/month, more in December', false],
  ['en', 'up to 4/month (US only)', true],
  ['en', '4x per month max', true],
  ['es', 'no más de 4 al mes', true],
  ['fr', 'pas plus de 4 par mois', true],
  ['fr', 'environ 4 par mois', true],
  ['fr', 'au maximum 4 par mois', true],
];
const gift = { en: 'tips, a gift once a year', es: 'un regalo una vez al año', fr: 'un cadeau par an' };

describe('how often, as the frequency promises it that a prompt was made of', () => {
  const program = programUnderCaps('deals');
  const month = [{ count: 4, days: 30 }];
  const kinds: TemplateKey[] = ['prompt', 'renewal', 'topics-on-needs-prompt'];
  const textOf = (kind: TemplateKey, language: Language, frequency: string): string =>
    say(kind, language, {
      ...programValues(program, language),
      ...{ description: gift[language], topic: 'VIP', frequency },
    });
  for (const [language, frequency, byWordsAlone] of hidden) {
    it(`${language}: "${frequency}" is kept${byWordsAlone ? ', and read in older words' : ''}`, () => {
      for (const kind of kinds) {
        const text = textOf(kind, language, frequency);
        expect(frequenciesPromised(text, frequency, language), kind).to.deep.equal(month);
        if (byWordsAlone) expect(frequenciesShown(text, language), text).to.deep.equal(month);
      }
    });
  }

  it('is none where it varies, whatever is described', () => {
    const varies = { en: 'msg frequency varies', es: 'frecuencia variable', fr: 'fréquence variable' };
    for (const language of ['en', 'es', 'fr'] as const) {
      const text = textOf('prompt', language, varies[language]);
      expect(frequenciesPromised(text, varies[language], language)).to.deep.equal([]);
      expect(frequenciesShown(text, language)).to.deep.equal([]);
    }
  });

  it('is what the words say where they leave the frequency out, and what they say of messages beside it', () => {
    expect(frequenciesPromised('News, 2 msgs/week. Not', '4/month', 'en')).to.deep.equal([
      { count: 2, days: 7 },
    ]);
    expect(frequenciesPromised('News, 2 msgs/week: 4/month. Not', '4/month', 'en')).to.deep.equal([
      ...month,
      { count: 2, days: 7 },
    ]);
    expect(frequenciesPromised('News, 4 msgs/month. Not', '4 msgs/month', 'en')).to.deep.equal(month);
  });
});
