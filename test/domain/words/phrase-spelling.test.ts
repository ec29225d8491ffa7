import { expect } from 'chai';
import type { PhraseBook } from '../../../src/domain/words/phrases/book.ts';
import { PHRASE_BOOKS } from '../../../src/domain/words/phrases/books.ts';
import { asRead } from '../../../src/domain/words/phrases/spelling.ts';

const book = (says: string[], groups = {}): PhraseBook => ({
  language: 'other',
  groups,
  innocent: says,
  cues: [{ id: 'one', weight: 10, says }],
});

describe('a phrase written as its language is', () => {
  const rows: [written: string, read: string][] = [
    ['^ hört .. auf $', '^ hort .. auf $'],
    ['nie wysyłajcie/piszcie? :mnie', 'nie wysylajcie/piszcie? :mnie'],
    ['!не пишите', '!he пишите'],
    ['不要/别 ~~ 短信', '不_要/别 ~~ 短_信'],
    ['!订单 号码 !错/錯', '!订_单 号_码 !错/錯'],
    ['보내지 마', '보_내_지 마'],
    ["l'ordine m_ankò", 'lordine manko'],
    ['मैसेज/message', 'मसज/message'],
    ['xóa/xoá/xoa', 'xoa'],
    ['dzwoń ,/a/,_łącz? sms', 'dzwon ,/a/,_lacz? sms'],
  ];
  for (const [written, read] of rows) {
    it(`"${written}" is met as "${read}"`, () => {
      const { innocent, cues } = asRead(book([written]));
      expect(innocent).to.deep.equal([read]);
      expect(cues[0]?.says).to.deep.equal([read]);
    });
  }

  it('has its word groups read as well', () => {
    expect(asRead(book([], { num: 'número/удалите' })).groups).to.deep.equal({ num: 'numero/удалите' });
  });

  it('has what holds a text read as well', () => {
    const atMostHeld = {
      always: ['nie dzwoń'],
      unnamed: ['hör auf'],
      named: ['wiadomość'],
      unless: ['żaden'],
    };
    expect(asRead({ ...book([]), atMostHeld }).atMostHeld).to.deep.equal({
      ...{ always: ['nie dzwon'], unnamed: ['hor auf'], named: ['wiadomosc'], unless: ['zaden'] },
    });
  });

  it('must have a letter in each word', () => {
    expect(() => asRead(book(['stop ...']))).to.throw('no letter');
  });
});

describe('the phrase books', () => {
  it('stay as they are when read again, so that no word in them can never be met', () => {
    const added = PHRASE_BOOKS.filter(({ language }) => language === 'other');
    expect(added).to.have.length(12);
    for (const one of added) expect(asRead(one)).to.deep.equal(one);
  });
});
