import { expect } from 'chai';
import fc from 'fast-check';
import { faultIn, MOST_PARTS, notesOn } from '../../../src/domain/sending/message-plan.ts';
import { countParts, fitsTwilio } from '../../../src/domain/text/parts.ts';
import { render } from '../../../src/domain/text/system-messages.ts';
import { DEALS } from '../text/fernway.ts';

const a = (count: number): string => 'a'.repeat(count);

const TEXT = ['a', ' ', 'é', 'я', '😀', '€', '\n', 'x'.repeat(90), 'я'.repeat(60)];
const some = (units: readonly string[]) =>
  fc.array(fc.constantFrom(...units), { maxLength: 60 }).map((drawn) => drawn.join(''));

/** Within two characters of ten parts, in either encoding. */
const brink = fc
  .tuple(fc.constantFrom<[string, number]>(['a', 1530], ['я', 670]), fc.integer({ min: -2, max: 2 }))
  .map(([[character, count], more]) => character.repeat(count + more));

describe('text of a message written by a caller', () => {
  const cases: [what: string, text: string, fault: RegExp | null][] = [
    ['an ordinary text', 'Fernway: ten off.\nReply STOP to end.', null],
    ['an emoji of several code points', '👩‍👩‍👧 Fernway', null],
    ['ten parts of GSM-7', a(1530), null],
    ['one more', a(1531), /^It needs 11 parts in GSM-7; at most 10 are sent\.$/],
    ['ten parts of UCS-2', 'я'.repeat(670), null],
    [
      'one more of those',
      'я'.repeat(671),
      /^It needs 11 parts in UCS-2, because character 1 is not in GSM-7;/,
    ],
    ['what the carrier would not take', a(1601), /^It has 1601 characters; the carrier takes 1600\.$/],
    ['nothing', '', /^It is empty\.$/],
    ['spaces of many kinds', ' \n\u00a0\u3000', /^It is empty\.$/],
    ['a tab', 'a\tb', /^Character 2 is a control character \(U\+0009\)\.$/],
    ['a carriage return', 'ab\r\n', /^Character 3 is a control character \(U\+000D\)\.$/],
    ['a null behind an emoji, which counts as one', '😀\u0000', /^Character 2 is a control/],
    ['half a character', 'a\udc00', /^Character 2 is no character \(U\+DC00\)\.$/],
    ['a noncharacter', 'a\ufffe', /^Character 2 is no character \(U\+FFFE\)\.$/],
  ];
  for (const [what, text, fault] of cases) {
    it(`is ${fault === null ? 'accepted' : 'refused'}: ${what}`, () => {
      if (fault === null) expect(faultIn(text)).to.equal(null);
      else expect(faultIn(text)).to.match(fault);
    });
  }

  it('fits the carrier when accepted, and loses nothing in rendering', () => {
    const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1e9);
    const parts: number[] = [];
    fc.assert(
      fc.property(fc.oneof(some(TEXT), some([...TEXT, '\u0007', '\ud800']), brink), (text) => {
        if (faultIn(text) !== null) return;
        expect(fitsTwilio(text)).to.equal(true);
        expect(countParts(text).parts).to.be.at.most(MOST_PARTS);
        parts.push(countParts(text).parts);
        const bare = (words: string): string => words.replace(/\s+/g, '');
        expect(bare(render(text, {}))).to.equal(bare(text));
      }),
      { seed },
    );
    expect(parts, `seed ${seed}`).to.include(MOST_PARTS);
    expect(new Set(parts).size, `seed ${seed}`).to.be.above(3);
  });

  it('gets a note when it names neither brand nor program', () => {
    expect(notesOn('ten off today', DEALS, 'informational')).to.deep.equal(['names-no-brand']);
    for (const name of [DEALS.brand, DEALS.name, DEALS.brand.toUpperCase()]) {
      expect(notesOn(`${name}: ten off today`, DEALS, 'informational')).to.deep.equal([]);
    }
  });

  it('gets a note as marketing when it names no way to opt out in a language of the program', () => {
    const named = `${DEALS.brand}: ten off today`;
    expect(notesOn(named, DEALS, 'marketing')).to.deep.equal(['names-no-opt-out']);
    expect(notesOn(`${named}, non-stop`, DEALS, 'marketing')).to.deep.equal(['names-no-opt-out']);
    expect(notesOn(`${named}. STOP to end`, DEALS, 'marketing')).to.deep.equal([]);
  });
});
