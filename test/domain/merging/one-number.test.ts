import { expect } from 'chai';
import { type HeardNumber, numberFor } from '../../../src/domain/contacts/person.ts';

const at = (day: number | null): Date | null => (day === null ? null : new Date(Date.UTC(2026, 0, day)));
const number = (contact: string, replied: number | null, confirmed: number | null): HeardNumber => ({
  ...{ contact, repliedAt: at(replied), confirmedAt: at(confirmed) },
});

describe('number of a person for messages sent once', () => {
  const table: [string, HeardNumber[], string | null][] = [
    ['none where there is none', [], null],
    ['the only one', [number('c_a', null, null)], 'c_a'],
    ['the one that wrote last', [number('c_a', 3, 1), number('c_b', 4, 1)], 'c_b'],
    ['the one that confirmed after the other wrote', [number('c_a', 3, 1), number('c_b', null, 5)], 'c_b'],
    ['the one that was heard at all', [number('c_a', null, null), number('c_b', 1, null)], 'c_b'],
    ['the first of equals', [number('c_b', 3, 1), number('c_a', 3, 2)], 'c_a'],
  ];
  for (const [what, numbers, chosen] of table) {
    it(`is ${what}`, () => {
      expect(numberFor(numbers)).to.equal(chosen);
      expect(numberFor([...numbers].reverse())).to.equal(chosen);
    });
  }
});
