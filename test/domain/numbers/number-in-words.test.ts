import { expect } from 'chai';
import { mayHoldNumber } from '../../../src/domain/numbers.ts';

describe('phone number in free text', () => {
  for (const text of [
    '+15559871234',
    'They called from (555) 987-1234.',
    '555.987.1234 is theirs too',
    'ext: 987-1234',
    'same as 5 5 5 / 9 8 7 / 1 2 3 4',
    'number\u00a0+44\u00a020\u00a07946\u00a00958',
    'of ٥٥٥٩٨٧١٢٣٤',
    'of 5️⃣5️⃣5️⃣9️⃣8️⃣7️⃣1️⃣',
    'on 2026-11-28 by 5559871234',
    'list-15559871234',
    'order 10045678',
    '2026-11-285559871',
  ]) {
    it(`is suspected in ${text}`, () => expect(mayHoldNumber(text)).to.equal(true));
  }

  for (const text of [
    '',
    'same e-mail, they confirmed by phone',
    'ends in 1234, like the other',
    'seven words, 123 and 456 and 789',
    'on 2026-11-28 10:30:00',
    '2026-11-28T10:30:00.123Z',
    '20261128',
    'import-2026-11-28',
    'between 10:30 and 11:45, or 10:30, 11:45',
    'on 11/28/2026 and 28.11.2026',
    'c_0123456789012345 is the elder one',
    '100 000',
  ]) {
    it(`is not suspected in ${text === '' ? 'nothing' : text}`, () =>
      expect(mayHoldNumber(text)).to.equal(false));
  }
});
