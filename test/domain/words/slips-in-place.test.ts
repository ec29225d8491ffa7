import { expect } from 'chai';
import { besideKeys, meantInPlace } from '../../../src/domain/words/slips-in-place.ts';

describe('a slip that only the words around it tell', () => {
  const rows: [written: string, meant: string][] = [
    ['rmove me', 'remove me'],
    ['plz remive me', 'plz remove me'],
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
    it(`is read: "${written}" as "${meant}"`, () => {
      expect(meantInPlace(written.split(' ')).join(' ')).to.equal(meant);
    });
  }
});

describe('the key beside', () => {
  it('is tried for every letter of a word, other words left out', () => {
    const slips = besideKeys('stop');
    expect(slips).to.include.members(['dtop', 'srop', 'stip', 'stoo', 'stol']);
    expect(slips).not.to.include.members(['atop']);
    expect(slips).not.to.include('stop');
  });
});
