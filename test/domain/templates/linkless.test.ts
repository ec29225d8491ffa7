import { expect } from 'chai';
import { languageWithoutLink } from '../../../src/domain/templates/template.ts';

const LINKED = 'News: {link:https://shop.fernway.example/}';

describe('text without a short link', () => {
  const table: [what: string, texts: Record<string, string>, language: string | null][] = [
    ['is none where each has one', { en: LINKED, es: LINKED }, null],
    ['is the only one', { en: 'News' }, 'en'],
    ['is told from the one that has a link', { en: LINKED, es: 'Noticias' }, 'es'],
    ['is the first of two', { en: 'News', es: 'Noticias' }, 'en'],
    ['has one that is no link of ours', { en: 'News: https://shop.fernway.example/' }, 'en'],
  ];
  for (const [what, texts, language] of table) {
    it(`${what}`, () => {
      expect(languageWithoutLink(texts)).to.equal(language);
    });
  }
});
