import { expect } from 'chai';
import type { Language, Program } from '../../../src/domain/program.ts';
import { LANGUAGES } from '../../../src/domain/program.ts';
import type { RequiredKind } from '../../../src/domain/text/required-content.ts';
import { missingItems } from '../../../src/domain/text/required-content.ts';
import { sayer, type TemplateKey } from '../../../src/domain/text/system-messages.ts';
import { CARE, DEALS, TEMPLATES, valuesOf } from './fernway.ts';

const itemsOf = (kind: RequiredKind, text: string, program: Program = DEALS, language: Language = 'en') =>
  missingItems(kind, text, program, language).map((missing) => missing.item);

const english = (key: TemplateKey) => sayer(TEMPLATES)(key, 'en', valuesOf(DEALS, 'en'));

/** Words whose removal from the shipped English text must cost exactly this item. */
const REMOVALS: [kind: RequiredKind, words: string, item: string][] = [
  ['prompt', ' Deals', 'program'],
  ['welcome', ' Deals', 'program'],
  ['help', ' Deals', 'program'],
  ['prompt', 'weekly offers and store news', 'description'],
  ['prompt', 'YES', 'confirm'],
  ['prompt', 'up to 4 msgs/month', 'frequency'],
  ['prompt', 'Msg&data rates may apply.', 'rates'],
  ['prompt', 'HELP for help', 'help'],
  ['prompt', 'STOP to end', 'stop'],
  ['prompt', 'http://localhost:3000/terms/deals', 'terms'],
  ['prompt', 'http://localhost:3000/privacy/deals', 'privacy'],
  ['prompt', 'automated', 'automated'],
  ['prompt', 'Not a condition of purchase.', 'no-purchase'],
  ['welcome', 'weekly offers and store news', 'description'],
  ['welcome', 'recurring', 'recurring'],
  ['welcome', 'up to 4 msgs/month', 'frequency'],
  ['welcome', 'Msg&data rates may apply.', 'rates'],
  ['welcome', 'HELP for help', 'help'],
  ['welcome', 'STOP to end', 'stop'],
  ['help', 'weekly offers and store news', 'description'],
  ['help', 'help@fernway.example', 'support'],
  ['help', 'Msg&data rates may apply.', 'rates'],
  ['help', 'up to 4 msgs/month', 'frequency'],
  ['help', 'STOP', 'stop'],
  ['stop-all', 'Fernway:', 'brand'],
  ['stop-all', 'unsubscribed', 'unsubscribed'],
  ['stop-all', 'We will send no more messages.', 'no-more'],
];

describe('required items', () => {
  for (const [kind, words, item] of REMOVALS) {
    it(`${item} is missing from a ${kind} without "${words}"`, () => {
      expect(itemsOf(kind, english(kind).replace(words, ''))).to.deep.equal([item]);
    });
  }

  it('count another opt-out word of the language as a way to stop, with a verb or an end beside it', () => {
    const spanish = (key: TemplateKey) => sayer(TEMPLATES)(key, 'es', valuesOf(DEALS, 'es'));
    for (const kind of ['prompt', 'welcome', 'help'] as const) {
      const text = spanish(kind);
      expect(itemsOf(kind, text.replace('STOP', 'ALTO'), DEALS, 'es'), kind).to.deep.equal([]);
      expect(itemsOf(kind, text.replace('STOP', 'alto'), DEALS, 'es'), kind).to.deep.equal(['stop']);
      expect(itemsOf(kind, text.replace('STOP', 'ARRET'), DEALS, 'es'), kind).to.deep.equal(['stop']);
    }
  });

  it('name the original rule and a sentence', () => {
    const [missing] = missingItems('welcome', english('welcome').replace('recurring', ''), DEALS, 'en');
    expect(missing).to.deep.equal({
      item: 'recurring',
      sentence: 'The welcome text does not say that the messages recur.',
      source: 'CTIA 5.1.2.1',
    });
  });

  it('are all missing from an empty text, in every language', () => {
    for (const language of LANGUAGES) {
      expect(itemsOf('help', '', DEALS, language)).to.deep.equal([
        'brand',
        'program',
        'description',
        'frequency',
        'rates',
        'support',
        'stop',
      ]);
    }
  });

  it('do not include purchases where no topic is marketing', () => {
    const text = sayer(TEMPLATES)('prompt', 'en', valuesOf(CARE, 'en'));
    expect(itemsOf('prompt', text.replace('Not a condition of purchase.', ''), CARE)).to.deep.equal([]);
  });

  it('are not met by empty words of the program', () => {
    expect(itemsOf('help', english('help'), { ...DEALS, support: '' })).to.deep.equal(['support']);
  });

  it('accept a frequency that varies and a confirm word of the program', () => {
    const varies = english('prompt').replace('up to 4 msgs/month', 'message frequency varies');
    expect(itemsOf('prompt', varies)).to.deep.equal([]);
    const agree = english('prompt').replace('YES', 'AGREE');
    expect(itemsOf('prompt', agree, { ...DEALS, confirmWords: ['AGREE'] })).to.deep.equal([]);
    expect(itemsOf('prompt', agree)).to.deep.equal(['confirm']);
  });

  it('must be in the words of each language', () => {
    expect(itemsOf('stop-all', english('stop-all'), DEALS, 'fr')).to.deep.equal(['unsubscribed', 'no-more']);
  });
});

describe('forbidden parts of a required text', () => {
  const added: [kind: RequiredKind, words: string, item: string, language: Language][] = [
    ['help', 'Std.', '', 'en'],
    ['prompt', 'Standard rates.', 'standard-rates', 'en'],
    ['help', 'Cargos normales.', 'standard-rates', 'es'],
    ['help', 'Tarifs habituels.', 'standard-rates', 'fr'],
    ['prompt', 'Save 20%.', 'marketing', 'en'],
    ['stop-all', 'We miss you.', 'marketing', 'en'],
    ['stop-all', 'Vuelve.', 'marketing', 'es'],
    ['stop-all', 'Revenez.', 'marketing', 'fr'],
    ['stop-all', 'Sure?', 'question', 'en'],
    ['stop-all', 'fernway.example/x', 'link', 'en'],
    ['stop-all', 'https://fernway.example', 'link', 'en'],
    ['welcome', '{brand}', 'placeholder', 'en'],
  ];

  for (const [kind, words, item, language] of added) {
    it(`${item === '' ? 'do not include' : `include ${item}:`} "${words}" in a ${kind} in ${language}`, () => {
      const text = sayer(TEMPLATES)(kind, language, valuesOf(DEALS, language));
      const found = itemsOf(kind, `${text} ${words}`, DEALS, language).filter(
        (name) => !name.endsWith('parts'),
      );
      expect(found.filter((name) => name !== 'one-part')).to.deep.equal(item === '' ? [] : [item]);
    });
  }

  it('do not include a name or a description of the program', () => {
    const program: Program = { ...DEALS, brand: 'Sale', name: 'Sale Free Gifts' };
    const text = sayer(TEMPLATES)('prompt', 'en', valuesOf(program, 'en'));
    expect(itemsOf('prompt', text, program)).to.deep.equal([]);
  });

  it('include more than one part, even when one letter forces UCS-2', () => {
    expect(itemsOf('stop-all', `${english('stop-all')}${' x'.repeat(60)}`)).to.deep.equal(['one-part']);
    expect(itemsOf('stop-all', `${english('stop-all')} ç`)).to.deep.equal(['one-part']);
    expect(itemsOf('prompt', `${english('prompt')}${' x'.repeat(60)}`)).to.deep.equal(['two-parts']);
  });
});
