import { expect } from 'chai';
import {
  comparableForm,
  compileGroups,
  compilePhrase,
  indexPhrases,
  scan,
} from '../../../src/domain/words/phrase-patterns.ts';
import { LANGUAGE_FILES } from '../../../src/domain/words/word-files.ts';

describe('phrase pattern', () => {
  const found = (pattern: string, text: string, groups = {}) => {
    let hits = 0;
    scan(text, indexPhrases([compilePhrase('p', pattern, groups)]), () => {
      hits += 1;
      return false;
    });
    return hits > 0;
  };
  const rows: [pattern: string, text: string, matches: boolean][] = [
    ['take me/us off', 'please take us off ', true],
    ['take me/us off', 'retake us off ', false],
    ['take my_number? off', 'take my number off ', true],
    ['take my_number? off', 'take off ', true],
    ['take .. off', 'take a b c off ', true],
    ['take .. off', 'take a b c d off ', false],
    ['take .. off', 'take me / off ', false],
    ['drop ~~ item', 'drop the blue item ', true],
    ['drop ~~ item', 'drop the text item ', false],
    ['^ enough $', 'ok / enough / bye ', true],
    ['^ enough $', 'enough said ', false],
    ['^^ enough $$', 'ok / enough ', false],
    ['stop at !once', 'stop at home ', true],
    ['stop at !once', 'stop at once ', false],
    ['!you never stop', 'they never stop ', true],
    ['!you never stop', 'you never stop ', false],
    ['!не пишите', 'не пишите ', false],
    ['!не пишите', 'вы пишите ', true],
    ['!в_дом звонит', 'не в дом звонит ', false],
    ['stop now !,_it_works', 'stop now / it works ', false],
    ['stop now !,_it_works', 'stop now it works ', true],
    ['stop :doing', 'stop running ', true],
    ['stop *ing', 'stop raising ', true],
    ['stop *ing', 'stop ing ', false],
    ['stop !:doing *ing', 'stop running ', false],
    ['stop *ing/*ed', 'stop raised ', true],
  ];
  for (const [pattern, text, matches] of rows) {
    it(`"${pattern}" ${matches ? 'matches' : 'does not match'} "${text.trim()}"`, () => {
      expect(found(pattern, text, { doing: 'running/jumping' })).to.equal(matches);
    });
  }

  it('must begin with a word and name existing groups', () => {
    expect(() => compilePhrase('p', '.. off', {})).to.throw('must begin with a word');
    expect(() => compilePhrase('p', '*ing off', {})).to.throw('must begin with a word');
    expect(() => compilePhrase('p', 'stop :nothing', {})).to.throw('there is no word group :nothing');
  });
});

describe('phrase in the spelling of its language', () => {
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
    it(`"${written}" is compared as "${read}"`, () => {
      expect(comparableForm(written)).to.equal(read);
    });
  }

  it('has no word that no text can match', () => {
    const phrases = LANGUAGE_FILES.flatMap(({ rules, harmless }) => [
      ...harmless,
      ...rules.flatMap((rule) => rule.phrases),
    ]);
    expect(phrases.length).to.be.greaterThan(2000);
    const changed = phrases.map(comparableForm).filter((phrase) => comparableForm(phrase) !== phrase);
    expect(changed).to.deep.equal([]);
  });

  it('must have a letter in each word', () => {
    expect(() => comparableForm('stop ...')).to.throw('no letter');
  });
});

describe('word groups', () => {
  it('have their words in comparable form, each once', () => {
    expect(compileGroups({ num: ['número удалите', 'numero'] })).to.deep.equal({ num: 'numero/удалите' });
  });

  it('may name other groups, alone and joined to other words', () => {
    const groups = { whose: ['my the'], order: ['order my_bag'], all: [':order', ':whose_:order_now'] };
    expect(compileGroups(groups).all).to.equal(
      'order/my_bag/my_order_now/my_my_bag_now/the_order_now/the_my_bag_now',
    );
  });

  it('may not name a missing group, or themselves', () => {
    expect(() => compileGroups({ a: [':b'] })).to.throw('there is no word group :b');
    expect(() => compileGroups({ a: [':b'], b: ['x_:a'] })).to.throw('the word group :a names itself');
  });
});
