import { expect } from 'chai';
import fc from 'fast-check';
import {
  NO_TEXT,
  PLACEHOLDERS,
  placeholdersIn,
  render,
  type SystemTextFault,
  TemplateError,
} from '../../../src/domain/text/system-messages.ts';

function faultOf(act: () => unknown): { fault: SystemTextFault; names: string[] } | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { fault: error.fault, names: error.names };
  }
}

describe('rendering of a shipped text', () => {
  it('inserts each value as often as it is named', () => {
    expect(render('{brand}: {word}, {word}', { brand: 'Fernway', word: 'JOIN' })).to.equal(
      'Fernway: JOIN, JOIN',
    );
  });

  it('inserts a value verbatim, even if it looks like a placeholder or a pattern', () => {
    expect(render('{words}', { words: '{brand} $& $1', brand: 'Fernway' })).to.equal('{brand} $& $1');
  });

  it('collapses doubled spaces, trims lines and keeps line feeds', () => {
    expect(render(' {brand}  {topics} \n {still} ', { brand: 'A', topics: '', still: 'B' })).to.equal('A\nB');
  });

  it('refuses a placeholder without a value and names it', () => {
    const fault = faultOf(() => render('{brand} {program}', { brand: 'Fernway' }));
    expect(fault).to.deep.equal({ fault: 'missing-value', names: ['program'] });
  });

  it('takes no value from the prototype', () => {
    expect(faultOf(() => render('{constructor}', {}))?.fault).to.equal('missing-value');
  });

  it('ignores a known value that is not used, and refuses an unknown one', () => {
    expect(render('{brand}', { brand: 'Fernway', support: 'x' })).to.equal('Fernway');
    const fault = faultOf(() => render('{brand}', { brand: 'Fernway', brnad: 'x' }));
    expect(fault).to.deep.equal({ fault: 'unknown-value', names: ['brnad'] });
  });

  for (const template of ['{brand', 'brand}', '{{brand}}', '{ brand }', '{Brand}', '{}']) {
    it(`refuses the stray brace of ${template}`, () => {
      expect(faultOf(() => placeholdersIn(template))?.fault).to.equal('stray-brace');
    });
  }

  it('never names a value in its error', () => {
    const error = new TemplateError('missing-value', ['program']);
    expect(error.message).to.equal('template: missing-value (program)');
  });

  it('cleans any text: no runs of spaces, no spaces at line ends, no forbidden characters', () => {
    const odd = fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\t',
      '\u00a0',
      '\u0007',
      '\ufdd0',
      '\ud83d',
      '\ufeff',
      'a',
      '🙂',
    );
    const text = fc
      .array(fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 2 })))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, (before, words) => {
        const filled = (before.replace(/[{}]/g, '') + words)
          .replace(new RegExp(NO_TEXT, 'gu'), '')
          .replace(/ {2,}/g, ' ')
          .replace(/ *\n */g, '\n')
          .trim();
        expect(render(`${before.replace(/[{}]/g, '')}{words}`, { words })).to.equal(filled);
      }),
      { numRuns: 1000 },
    );
  });

  it('never leaves a brace when no value has one', () => {
    const name = fc.constantFrom(...Object.keys(PLACEHOLDERS));
    const plain = fc.string().map((text) => text.replace(/[{}]/g, ''));
    const piece = fc.oneof(
      plain,
      name.map((placeholder) => `{${placeholder}}`),
    );
    const values = fc.record(
      Object.fromEntries(Object.keys(PLACEHOLDERS).map((placeholder) => [placeholder, plain])),
    );
    fc.assert(
      fc.property(fc.array(piece), values, (pieces, filled) => {
        expect(render(pieces.join(''), filled)).not.to.match(/[{}]| {2}/);
      }),
    );
  });
});
