import { expect } from 'chai';
import {
  capFaults,
  frequenciesIn,
  frequenciesPromised,
  isUnread,
  promisedBy,
} from '../../../src/domain/caps/promised-frequency.ts';
import { programValues } from '../../../src/domain/consent/program-text.ts';
import type { Frequency, Language } from '../../../src/domain/program.ts';
import type { TemplateKey } from '../../../src/domain/text/system-messages.ts';
import { programUnderCaps } from '../../sending/pacing/caps-harness.ts';
import { say } from '../consent/conversation.ts';

const words: [Language, string, string][] = [
  ['en', 'up to 4 msgs/month', '4/30'],
  ['en', '4 msgs/month', '4/30'],
  ['en', '1 msg/week', '1/7'],
  ['en', 'Up to 2 messages a day', '2/1'],
  ['en', '4 automated marketing texts per month', '4/30'],
  ['en', '2-4 SMS each month', '4/30'],
  ['en', '2 to 4 msgs per month', '4/30'],
  ['en', '10 msgs monthly', '10/30'],
  ['en', '1 msg/day, at most 4 msgs/week', '1/1 4/7'],
  [
    'en',
    'Fernway Deals: reply YES to get recurring automated texts: weekly offers, 4 msgs/month. Not',
    '4/30',
  ],
  ['en', '3 msgs/order', ''],
  ['en', 'msg frequency varies', ''],
  ['en', '1 msg per request', ''],
  ['en', '4 msgs/monthly-ish plan 7', '4/30'],
  ['en', '4 msgs/mobile', ''],
  ['es', '4 msjs/mes', '4/30'],
  ['es', 'hasta 4 msjs al mes', '4/30'],
  ['es', '1 msj por semana', '1/7'],
  ['es', '2 mensajes cada día', '2/1'],
  ['en', 'up to 4x/month', '4/30'],
  ['en', '4 times a month', '4/30'],
  ['en', 'Recurring msgs up to 4/month', '4/30'],
  ['en', 'Recurring msgs, up to 2-4/mo.', '4/30'],
  ['en', 'four msgs/month', '4/30'],
  ['en', 'two to four texts per month', '4/30'],
  ['en', 'once a week', '1/7'],
  ['en', 'Texts twice weekly', '2/7'],
  ['en', '1,000 msgs/month', '1000/30'],
  ['en', '4 monthly alerts', '4/30'],
  ['en', '4 msg(s) per month', '4/30'],
  ['en', '4 recurring automated marketing msgs/month', '4/30'],
  ['en', '1 msg every 2 weeks', '1/14'],
  ['en', '4 msgs in 30 days', '4/30'],
  ['en', 'Max.4 msgs/month', '4/30'],
  ['en', '1.5 msgs/month', ''],
  ['en', '2,000 msgs/month', ''],
  ['en', '1 msg every 3 years', ''],
  ['en', '0 msgs/month', ''],
  ['en', '$5/month', ''],
  ['en', 'open 7 days a week', ''],
  ['en', '3 msgs/order within a day', ''],
  ['en', 'Reply 1 for tips', ''],
  ['es', '4 veces al mes', '4/30'],
  ['es', 'una vez por semana', '1/7'],
  ['es', 'hasta 4 al mes', '4/30'],
  ['es', 'cuatro mensajes mensuales', '4/30'],
  ['es', '1.000 msjs/mes', '1000/30'],
  ['es', '1 aviso cada 2 semanas', '1/14'],
  ['fr', '4 fois par mois', '4/30'],
  ['fr', 'une fois/semaine', '1/7'],
  ['fr', "jusqu'à 4/mois", '4/30'],
  ['fr', 'deux à quatre msgs par mois', '4/30'],
  ['fr', '1 000 msgs/mois', '1000/30'],
  ['fr', '4 alertes mensuelles', '4/30'],
  ['es', '3 msjs/pedido', ''],
  ['fr', '4 msgs/mois', '4/30'],
  ['fr', "jusqu'à 4 msg/mois", '4/30'],
  ['fr', '1 msg par semaine', '1/7'],
  ['fr', '3 msgs/commande', ''],
  ['fr', '1 msg par étape', ''],
];

describe('frequency promised in words', () => {
  const said = (list: Frequency[]): string => list.map(({ count, days }) => `${count}/${days}`).join(' ');
  for (const [language, text, reads] of words) {
    it(`${language}: "${text}" ${reads === '' ? 'promises no number' : `promises ${reads}`}`, () => {
      expect(said(frequenciesIn(text, language))).to.equal(reads);
    });
  }

  const unread: [Language, string, boolean][] = [
    ['en', '4 msgs per calendar month', true],
    ['en', '1 msg every other week', true],
    ['en', '1.5 msgs/month', true],
    ['en', '4 deals a month', true],
    ['en', 'Daily, 4 at most', true],
    ['en', '4 msgs/month', false],
    ['en', '3 msgs/order', false],
    ['en', '3 msgs/order within a day', false],
    ['en', 'msg frequency varies each month', false],
    ['es', '4 msjs por cada mes', true],
    ['es', '3 msjs/pedido', false],
    ['fr', '4 msgs par mois civil', false],
    ['fr', '4 msgs chaque nouveau mois', true],
    ['fr', '1 msg par étape', false],
  ];
  for (const [language, text, is] of unread) {
    it(`${language}: "${text}" ${is ? 'states a frequency that cannot be read' : 'is understood'}`, () =>
      expect(isUnread(text, language)).to.equal(is));
  }

  it('is the stored number, else the number in the words, the lowest among languages', () => {
    const frequency = { en: '4 msgs/month', es: '2 msjs/mes', fr: 'fréquence variable' };
    expect(promisedBy({ frequency }, ['en', 'es', 'fr'])).to.deep.equal({ count: 2, days: 30 });
    expect(promisedBy({ frequency }, ['en'])).to.deep.equal({ count: 4, days: 30 });
    expect(promisedBy({ frequency }, ['fr'])).to.equal(null);
    const promised = { count: 1, days: 7 };
    expect(promisedBy({ frequency, promised }, ['en'])).to.deep.equal(promised);
  });
});

/** A description and a frequency as the words of a prompt carry them, and what those who accept them were promised. */
const shown: [Language, description: string, frequency: string, string][] = [
  ['en', 'weekly offers', '4 msgs/month', '4/30'],
  ['en', 'weekly offers', 'up to 4 automated texts per month', '4/30'],
  ['en', 'a gift once a year', '4 msgs/month', '4/30'],
  ['en', 'VIP events twice a year and news', '4 msgs/month', '4/30'],
  ['en', 'tips, 1 birthday offer a year', '4 msgs/month', '4/30'],
  ['en', 'tips, 1 birthday offer a year', 'msg frequency varies', ''],
  ['en', 'a gift, once a year', 'msg frequency varies', ''],
  ['en', 'our 2 yearly sales', 'msg frequency varies', ''],
  ['en', 'news', 'once a week', '1/7'],
  ['en', 'news', 'up to 4x/month', '4/30'],
  ['en', 'news', '4 monthly alerts', '4/30'],
  ['en', 'a gift once a year', 'twice a week', '2/7'],
  ['en', 'a gift once a year', 'recurring msgs, up to 2-4/mo', '4/30'],
  ['es', 'un regalo una vez al año', '4 msjs/mes', '4/30'],
  ['es', 'un regalo una vez al año', 'una vez por semana', '1/7'],
  ['es', 'ofertas', 'msjs, hasta 4 al mes', '4/30'],
  ['fr', 'un cadeau une fois par an', '4 msgs/mois', '4/30'],
  ['fr', 'un cadeau une fois par an', "jusqu'à 4 fois par mois", '4/30'],
  ['fr', '2 ventes par an', 'fréquence variable', ''],
];

describe('frequency promised in a prompt, beside its description', () => {
  const program = programUnderCaps('deals');
  const kinds: TemplateKey[] = ['prompt', 'renewal'];
  for (const [language, description, frequency, reads] of shown) {
    it(`${language}: "${description}, ${frequency}" promises ${reads === '' ? 'no number' : reads}`, () => {
      for (const kind of kinds) {
        const values = { ...programValues(program, language), description, frequency };
        const promised = frequenciesPromised(say(kind, language, values), frequency, language);
        expect(promised.map(({ count, days }) => `${count}/${days}`).join(' '), kind).to.equal(reads);
      }
    });
  }

  it('is the frequency of the topic in the prompt about one more topic', () => {
    const frequency = '1 offer a year';
    const values = { ...programValues(program, 'en'), topic: 'Birthday', frequency };
    const text = say('topics-on-needs-prompt', 'en', values);
    expect(frequenciesPromised(text, frequency, 'en')).to.deep.equal([{ count: 1, days: 365 }]);
  });
});

describe('faults in the caps of a program', () => {
  const faults = (over: Parameters<typeof programUnderCaps>[1]): string[] =>
    capFaults(programUnderCaps('deals', over)).map(({ path, message }) => `${path.join('.')} ${message}`);
  const month = { count: 4, days: 30 };

  it('are none in the seed, and none when the number matches the words', () => {
    expect(faults({})).to.deep.equal([]);
    expect(faults({ promised: month, caps: [{ count: 2, hours: 24 }], languages: ['en'] })).to.deep.equal([]);
  });

  it('name a number that the words of a language do not say', () => {
    expect(faults({ promised: { count: 8, days: 30 }, languages: ['en', 'es'] })).to.deep.equal([
      'promised en: the words of the frequency say 4 in 30 days, but 8 in 30 days are promised.',
      'promised es: the words of the frequency say 4 in 30 days, but 8 in 30 days are promised.',
    ]);
    const varies = { en: 'msg frequency varies', es: '4 msjs/mes', fr: '4 msgs/mois' };
    expect(faults({ frequency: varies }).join()).to.match(/^promised en: .* name no number in a time/);
    expect(faults({ frequency: { ...varies, en: '4 msgs/month, 1 msg/day' } }).join()).to.match(/ and /);
  });

  it('name a number whose time cannot be read in any language, with or without a stored number', () => {
    const frequency = { en: '4 msgs per calendar month', es: '4 msjs/mes', fr: '4 msgs/mois' };
    for (const promised of [undefined, month]) {
      const [said, ...more] = faults({ frequency, ...(promised === undefined ? {} : { promised }) });
      expect(said).to.match(
        /^frequency\.en The words name a number of messages and a time .* “4 msgs\/month”/,
      );
      expect(more).to.deep.equal([]);
    }
    const varies = { en: 'msg frequency varies', es: 'varía', fr: 'varie' };
    expect(faults({ frequency: varies })).to.deep.equal([]);
  });

  it('name a cap that allows more than the promise, in any window', () => {
    const looser = (count: number, hours: number): boolean => faults({ caps: [{ count, hours }] }).length > 0;
    expect([looser(5, 720), looser(4, 720), looser(5, 24), looser(4, 24)]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    expect([looser(8, 1440), looser(9, 1440), looser(8, 721)]).to.deep.equal([false, true, false]);
    const [deals, ...others] = programUnderCaps('deals').topics;
    if (deals === undefined) throw new Error('the seed has no topic');
    const topics = [
      {
        ...deals,
        caps: [
          { count: 1, hours: 24 },
          { count: 40, hours: 24 },
        ],
      },
      ...others,
    ];
    expect(faults({ topics }))
      .to.have.length(1)
      .and.to.match(/^topics\.0\.caps\.1 .*4 in 30 days/);
  });
});
