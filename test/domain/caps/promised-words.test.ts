import { expect } from 'chai';
import { frequenciesPromised } from '../../../src/domain/caps/promised-frequency.ts';
import { programValues } from '../../../src/domain/consent/program-text.ts';
import type { Language } from '../../../src/domain/program.ts';
import type { TemplateKey } from '../../../src/domain/text/system-messages.ts';
import { programUnderCaps } from '../../sending/pacing/caps-harness.ts';
import { say } from '../consent/conversation.ts';

/** Frequencies that a save accepts. */
const hidden: [Language, frequency: string][] = [
  ['en', 'approx. 4/month'],
  ['en', 'not more than 4/month'],
  ['en', '4 per month at most'],
  ['en', '4/month, more in December'],
  ['en', 'msg frequency varies, not more than 4/month'],
  ['en', 'up to 4/month (US only)'],
  ['en', '4x per month max'],
  ['en', '4/month max.'],
  ['es', 'no más de 4 al mes'],
  ['es', '4 al mes máx.'],
  ['fr', 'pas plus de 4 par mois'],
  ['fr', 'environ 4 par mois'],
  ['fr', 'au maximum 4 par mois'],
  ['fr', '4 par mois max.'],
];
/** What is described ends a sentence, and how often is no number. */
const fullStops: [description: string, frequency: string][] = [
  ['offers, free shipping twice a year. No spam', 'msg frequency varies'],
  ['tips, a gift once a year. News', 'msg frequency varies'],
  ['tips, a gift once a year. News', '3 msgs/order'],
  ['news: a sale twice a year! Tips', 'varies by season'],
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
  for (const [language, frequency] of hidden) {
    it(`${language}: "${frequency}" is kept`, () => {
      for (const kind of kinds) {
        const text = textOf(kind, language, frequency);
        expect(frequenciesPromised(text, frequency, language), kind).to.deep.equal(month);
      }
    });
  }

  it('is none where it varies, whatever is described', () => {
    const varies = { en: 'msg frequency varies', es: 'frecuencia variable', fr: 'fréquence variable' };
    for (const language of ['en', 'es', 'fr'] as const) {
      const text = textOf('prompt', language, varies[language]);
      expect(frequenciesPromised(text, varies[language], language)).to.deep.equal([]);
    }
  });

  for (const [description, frequency] of fullStops) {
    it(`is none in words that say "${description}, ${frequency}"`, () => {
      for (const kind of ['prompt', 'renewal'] as const) {
        const values = { ...programValues(program, 'en'), description, frequency };
        expect(frequenciesPromised(say(kind, 'en', values), frequency, 'en'), kind).to.deep.equal([]);
      }
    });
  }

  it('is none in words of your own that are not known to end with it', () => {
    const described = `${gift.en}. No spam`;
    const own = [
      `Reply YES for automated texts: ${described}. Msg frequency varies. Not a condition of purchase.`,
      `Frequency varies. Reply YES for automated texts: ${gift.en}. Not a condition of purchase.`,
      `Reply YES to get automated texts: ${gift.en}. Msg frequency varies.`,
      `Reply YES for news, ${gift.en}. Not a condition of purchase. Message frequency may vary.`,
    ];
    for (const text of own) {
      expect(frequenciesPromised(text, 'msg frequency varies', 'en'), text).to.deep.equal([]);
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
