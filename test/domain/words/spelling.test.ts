import { expect } from 'chai';
import { correctSpelling } from '../../../src/domain/words/spelling.ts';

describe('spelling slip that the words around it correct', () => {
  const rows: [written: string, meant: string][] = [
    ['rmove me', 'remove me'],
    ['plz remive me', 'please remove me'],
    ['dnot text me', 'dont text me'],
    ['dont tect me', 'dont text me'],
    ['tak me off this lisst', 'take me off this list'],
    ['take me ofd your list', 'take me off your list'],
    ['stop sendng me', 'stop sending me'],
    ['remote me', 'remote me'],
    ['the remive button', 'the remive button'],
    ['dint know', 'dint know'],
    ['font text', 'font text'],
    ['dont test me', 'dont test me'],
    ['make me off a table', 'make me off a table'],
    ['the last lisst', 'the last lisst'],
    ['off the lost', 'off the lost'],
    ['stop lending me', 'stop lending me'],
  ];
  for (const [written, meant] of rows) {
    it(`reads "${written}" as "${meant}"`, () => {
      expect(correctSpelling(written).join(' ')).to.equal(meant);
    });
  }
});

describe('slip to a neighbouring key', () => {
  for (const slip of ['dtop', 'srop', 'stip', 'stoo', 'stol']) {
    it(`is corrected in "${slip}"`, () => {
      expect(correctSpelling(slip)).to.deep.equal(['stop']);
    });
  }

  it('is kept where it makes another word', () => {
    expect(correctSpelling('atop slop')).to.deep.equal(['atop', 'slop']);
  });
});
