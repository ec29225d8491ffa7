import { expect } from 'chai';
import fc from 'fast-check';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import type { Program } from '../../../src/domain/program.ts';
import { checkTemplate } from '../../../src/domain/templates/check-template.ts';
import { withoutLookAlikes } from '../../../src/domain/templates/plain-characters.ts';
import { merge, readTemplate, targetsIn } from '../../../src/domain/templates/template.ts';
import { addText, countParts, NOBODY } from '../../../src/domain/text/parts.ts';

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 2 ** 31);
const program = PROGRAMS.find((program) => program.id === 'deals') as Program;
const OWN = {
  fields: new Set(['shoe_size']),
  flags: new Set(['vip']),
  sealed: new Set(['email']),
  samples: { link: () => 'https://fern.example/l/000000000000', coupons: new Map([['spring', 'XXXXXX']]) },
  optOutLine: () => 'Reply STOP to end.',
};
const faultsOf = (text: string): string[] => {
  const checked = checkTemplate({ texts: { en: text } }, program, OWN);
  return checked.ok ? [] : checked.faults.map(({ path, problem }) => `${path} ${problem}`);
};
const merged = (text: string, values: Record<string, string> = {}): string | null =>
  merge(readTemplate(text).pieces, values);

describe('merging of a template', () => {
  const table: [what: string, template: string, values: Record<string, string>, text: string | null][] = [
    ['a known value', 'Hi {first_name|there}!', { first_name: 'Ada' }, 'Hi Ada!'],
    ['a fallback', 'Hi {first_name|there}!', {}, 'Hi there!'],
    ['a value of spaces counts as unknown', 'Hi {first_name|there}!', { first_name: '  ' }, 'Hi there!'],
    ['an empty fallback leaves no gap', 'Hi {first_name|}, news', {}, 'Hi, news'],
    ['an empty fallback before a word', '{first_name|} Hi {last_name|} you', {}, 'Hi you'],
    ['what the author spaced stays', 'Save  .50 {city|}off', {}, 'Save  .50 off'],
    ['no value and no fallback: no text', 'Hi {first_name}', {}, null],
    ['a value is not read again', 'Hi {first_name|x}', { first_name: '{brand}' }, 'Hi {brand}'],
    ['a brace itself', 'a {{b}} c', {}, 'a {b} c'],
    ['names of every object are no values', 'Hi {constructor|x}', {}, 'Hi x'],
    ['an own field', 'Size {fields.shoe_size|?}', { 'fields.shoe_size': '42' }, 'Size 42'],
  ];
  it('inserts the links and coupons of the delivery in order, and makes no text without one of them', () => {
    const { pieces } = readTemplate(
      'a {link:https://a.example} b {link: https://b.example/x?y=1 } {coupon:spring}',
    );
    const issued = { link: (n: number) => `L${n}`, coupons: new Map([['spring', 'S-1']]) };
    expect(merge(pieces, {}, issued)).to.equal('a L0 b L1 S-1');
    expect(targetsIn(pieces)).to.deep.equal(['https://a.example/', 'https://b.example/x?y=1']);
    expect(merge(pieces, {})).to.equal(null);
    expect(merge(pieces, {}, { ...issued, coupons: new Map() })).to.equal(null);
  });

  for (const [what, template, values, text] of table)
    it(`handles ${what}`, () => expect(merged(template, values)).to.equal(text));

  it('keeps a text without braces as it is', () => {
    const words = fc.string({ unit: 'grapheme' }).filter((word) => !/[{}\s]/.test(word));
    fc.assert(
      fc.property(words, (word) => {
        expect(merged(word)).to.equal(word);
      }),
      { seed },
    );
  });

  it('returns any text whose braces are doubled', () => {
    const some = fc.string().filter((text) => !/[\s]/.test(text));
    fc.assert(
      fc.property(some, (text) => {
        expect(merged(text.replace(/[{}]/g, '$&$&'))).to.equal(text);
      }),
      { seed },
    );
  });
});

describe('validation of a template', () => {
  const table: [text: string, fault: string][] = [
    [
      'Hi {first_nam|x}',
      '/texts/en Character 4: there is no field "first_nam". Did you mean {first_name|…}? There are first_name,',
    ],
    [
      'Hi {fields.shoesize|x}',
      '/texts/en Character 4: there is no field "fields.shoesize". Did you mean {fields.shoe_size|…}?',
    ],
    [
      'Hi {first_name, news',
      '/texts/en Character 4: There is a single "{" here. Write "{{" for a brace, or "{first_name|…}" for a field.',
    ],
    [
      'Hi firstname}, news',
      '/texts/en Character 13: There is a single "}" here. Write "}}" for a brace, or "{first_name|…}" for a field.',
    ],
    [
      'Hi {fields.hat|x}',
      '/texts/en Character 4: there is no field "fields.hat". There are first_name, last_name, city, state, brand, program, fields.shoe_size.',
    ],
    ['Hi {fields.vip|x}', '/texts/en Character 4: {fields.vip} is a yes or no, which has no words.'],
    [
      'To {fields.email|x}',
      '/texts/en Character 4: {fields.email} holds mailboxes or phone numbers, which are kept sealed; no text shows it.',
    ],
    ['Hi {first_name}', '/texts/en Character 4: {first_name} is not known of everyone'],
    ['{link:http://a.example}', '/texts/en Character 1: An address must begin with https://'],
    ['{link:javascript:alert(1)}', '/texts/en Character 1: An address must begin with https://'],
    ['{coupon:Spring}', '/texts/en Character 1: A coupon pool is named by its id'],
    ['{coupon:autumn}', '/texts/en Character 1: there is no coupon pool of this id.'],
    ['{link:https://a.example} '.repeat(6), '/texts/en At most 5 links.'],
    ['é{', '/texts/en Character 2: There is a single "{" here.'],
    ['Hi {First|x}', '/texts/en Character 4: A field is named in small letters'],
    ['  ', '/texts/en The text is empty: it has no words of its own.'],
    ['a'.repeat(1601), '/texts/en It has 1601 characters; the carrier takes 1600.'],
    ['я'.repeat(671), '/texts/en It needs 11 parts in UCS-2, because character 1 is not in GSM-7'],
  ];
  for (const [text, fault] of table)
    it(`refuses "${text.slice(0, 20)}": ${fault.slice(10, 60)}`, () => {
      const [first = ''] = faultsOf(text);
      expect(first.startsWith(fault), first).to.equal(true);
    });

  it('refuses characters right behind a link that a phone would add to it', () => {
    const behind = (text: string) => faultsOf(`Go {link:https://a.example}${text}`).length > 0;
    const dead = `now é 4 - _ / .Now {city|} .{city|x} {coupon:spring} &now {link:https://b.example}
      's )now ){city|x} *now "{city|x} (until ]now .)now`.split(/\s+/);
    for (const text of dead) expect(behind(text), text).to.equal(true);
    const alone = [')', ').', "'", '" now', ') {city|x}'];
    for (const text of ['', ' now', '. Now', '.', '!', '\nnow', ' - now', ', {city|x}', '?', ...alone])
      expect(behind(text), text).to.equal(false);
    expect(faultsOf('Go {link:https://a.example}now')[0]).to.equal(
      '/texts/en Character 4: a phone would read the characters right after this link as a part of it. Put a space there.',
    );
  });

  it('counts places by walking the text once', () => {
    const own = Object.getOwnPropertyDescriptor(String.prototype, Symbol.iterator) as PropertyDescriptor;
    let walked = 0;
    const value = function* (this: string): Generator<string> {
      for (const character of Array.from(own.value.call(this) as Iterable<string>)) {
        walked += character.length;
        yield character;
      }
    };
    const text = `${'😀{first_name|}'.repeat(200)}{`;
    Object.defineProperty(String.prototype, Symbol.iterator, { ...own, value });
    const { pieces, faults } = (() => {
      try {
        return readTemplate(text);
      } finally {
        Object.defineProperty(String.prototype, Symbol.iterator, own);
      }
    })();
    expect(walked).to.be.within(1, text.length);
    expect(faults.map(({ at }) => at)).to.deep.equal([[...text].length]);
    expect(pieces.at(-1)).to.include({ kind: 'field', at: [...text].length - '{first_name|}'.length });
  });

  it('refuses a missing text of the first language and a text in another language', () => {
    const only = { ...program, languages: ['en' as const] };
    const checked = checkTemplate({ texts: { fr: 'Bonjour' } }, only, OWN);
    expect(checked.ok ? [] : checked.faults.map((fault) => fault.path)).to.deep.equal([
      '/texts/fr',
      '/texts/en',
    ]);
  });

  it('accepts a good text, and notes a text without brand or opt-out', () => {
    const text = '{brand}: {first_name|friend}, 20% off. STOP to end';
    const good = checkTemplate({ texts: { en: text } }, program, OWN);
    const unnamed = checkTemplate({ texts: { en: '20% off' } }, program, OWN);
    expect(good.ok && good.texts.en?.notes).to.deep.equal([]);
    expect(unnamed.ok && unnamed.texts.en?.notes).to.deep.equal(['names-no-brand', 'names-no-opt-out']);
  });
});

describe('replacement of look-alike characters', () => {
  it('writes plain characters and names them', () => {
    const { text, replaced } = withoutLookAlikes('“It’s 20% off—today”…');
    expect(text).to.equal('"It\'s 20% off-today"...');
    expect(replaced.map(({ from, to, times }) => `${from} ${to} ${times}`)).to.deep.equal([
      '“ " 1',
      "’ ' 1",
      '— - 1',
      '” " 1',
      '… ... 1',
    ]);
  });

  it('leaves the path of a link unchanged, since another path leads elsewhere', () => {
    const keptOf = (text: string) => {
      const checked = checkTemplate({ texts: { en: text } }, program, OWN);
      if (!checked.ok || checked.texts.en === undefined) throw new Error(JSON.stringify(checked));
      return checked.texts.en;
    };
    const { text, pieces, replaced } = keptOf(
      '{brand}’s: {link: https://shop–x.example/men’s–shoes?q=½\u200B} {{link:https://a.example/’}}',
    );
    expect(text).to.equal(
      "{brand}'s: {link: https://shop-x.example/men’s–shoes?q=½} {{link:https://a.example/'}}",
    );
    const led = 'https://shop-x.example/men%E2%80%99s%E2%80%93shoes?q=%C2%BD';
    expect(targetsIn(pieces)).to.deep.equal([led]);
    expect(replaced.map(({ from, times }) => `${from} ${times}`)).to.deep.equal(['’ 2', '– 1', '\u200B 1']);
    expect(keptOf(text)).to.deep.include({ text, replaced: [] });
  });

  it('joins letters typed as two characters, but not in the path of a link', () => {
    const text = '{brand}: man\u0303ana \uFF4E\u0303 {link:https://a.example/n\u0303}';
    const checked = checkTemplate({ texts: { en: text } }, program, OWN);
    if (!checked.ok) throw new Error(JSON.stringify(checked));
    expect(checked.texts.en?.text).to.equal('{brand}: mañana ñ {link:https://a.example/n\u0303}');
    expect(countParts(checked.texts.en?.bare ?? '').encoding).to.equal('GSM-7');
  });

  it('leaves letters and emoji unchanged', () => {
    for (const text of ['Núñez', 'café', '😀', 'ça va'])
      expect(withoutLookAlikes(text)).to.deep.equal({ text, replaced: [] });
  });

  it('changes nothing the second time, for every full-width form', () => {
    for (let code = 0xff01; code <= 0xff5e; code += 1) {
      const { text } = withoutLookAlikes(String.fromCharCode(code));
      expect(withoutLookAlikes(text).text, code.toString(16)).to.equal(text);
    }
  });

  it('changes nothing the second time, and never needs a larger encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (words) => {
        const { text } = withoutLookAlikes(words);
        expect(withoutLookAlikes(text)).to.deep.equal({ text, replaced: [] });
        if (countParts(words).encoding === 'GSM-7') expect(text).to.equal(words);
      }),
      { seed },
    );
  });

  it('allows a count of parts person by person, with the longest and the costly texts', () => {
    const { pieces } = readTemplate(`{first_name|friend}, ${'a'.repeat(140)}`);
    const people: [string, Record<string, string>][] = [
      ['c1', { first_name: 'Ada' }],
      ['c2', { first_name: 'Núria' }],
      ['c3', {}],
    ];
    const sum = people.reduce((all, [id, values]) => addText(all, id, merge(pieces, values), true), NOBODY);
    expect(sum).to.deep.equal({
      people: 3,
      incomplete: 0,
      least: 1,
      most: 3,
      total: 5,
      byParts: new Map([
        [1, 2],
        [3, 1],
      ]),
      worst: { person: 'c2', parts: 3, offenders: ['ú'] },
      switched: 1,
      extra: 2,
      byExtra: new Map([[2, 1]]),
      offenders: new Map([['ú', { people: 1, extra: 2, byExtra: new Map([[2, 1]]) }]]),
    });
  });

  it('counts people without a required value as incomplete', () => {
    expect(addText(NOBODY, 'c1', null, true)).to.include({ people: 1, incomplete: 1, total: 0 });
  });
});
