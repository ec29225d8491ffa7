import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readText } from '../../../src/domain/words/read-text.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { CORPUS_PROGRAM_WORDS } from '../corpus/corpus.ts';

const rules = wordRulesAt(new Date('2026-09-01T00:00:00Z'));
const kindOf = (text: string) => readText(text, CORPUS_PROGRAM_WORDS, rules).kind;

function ourTexts(language: string): [key: string, text: string][] {
  const file = new URL(`../../../templates/sms/${language}.json`, import.meta.url);
  const templates = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
  return templates.map(([key, text]) => [key, text.replaceAll(/\{[a-z]+\}/g, 'Northwind')]);
}

describe('tapped reaction to a text of ours', () => {
  const frames: [name: string, frame: (text: string) => string][] = [
    ['liked on an iPhone', (text) => `Liked “${text}”`],
    ['given a heart by name', (text) => `Reacted ❤️ to “${text}”`],
    ['given a thumb on Android', (text) => `\u200a\u200b👍\u200b to “ ${text} ” `],
    ['liked in French', (text) => `A aimé « ${text} »`],
    ['liked in Spanish', (text) => `Le gustó “${text}”`],
    ['freed of an exclamation mark', (text) => `Removed an exclamation from “${text}”`],
    ['freed of a question mark', (text) => `Removed a question mark from “${text}”`],
    ['given a sticker', (text) => `Reacted with a sticker to “${text}”`],
    ['given a sticker in French', (text) => `A réagi avec un autocollant à « ${text} »`],
    ['liked where it quotes a code', (text) => `Liked “Code “SAVE”. ${text}”`],
  ];
  for (const language of ['en', 'es', 'fr']) {
    for (const [name, frame] of frames) {
      it(`opts nobody out when a text in ${language} is ${name}`, () => {
        const misread = ourTexts(language).filter(([, text]) => kindOf(frame(text)) !== 'unknown');
        expect(misread.map(([key]) => key)).to.deep.equal([]);
      });
    }
  }

  it('hides no opt-out that the person wrote beside it', () => {
    expect(kindOf('Disliked “20% off.” Stop texting me')).to.equal('stop-all');
    expect(kindOf('STOP\nLiked “20% off.”')).to.equal('stop-all');
    expect(kindOf('Loved "your texts" but now I say "stop texting me"')).to.equal('stop-all');
    expect(kindOf('Liked “20% off” please stop texting me “thanks”')).to.equal('stop-all');
    expect(kindOf('Loved “20% off. Stop texting me “now')).to.equal('stop-all');
    expect(kindOf('Liked your “deals”, stop')).to.be.oneOf(['stop-all', 'unsure']);
  });

  it('is distinguished from a text with long and unclosed quotes', () => {
    for (const filling of ['“', '“a” ', '«', '"a" ']) {
      const long = filling.repeat(Math.floor(60_000 / filling.length));
      expect(kindOf(`Liked “${long}. please stop texting me`), filling).to.equal('stop-all');
    }
  });
});
