import { expect } from 'chai';
import type { FieldValue } from '../../../src/domain/contacts/profile.ts';
import type { Language } from '../../../src/domain/program.ts';
import { writtenValue } from '../../../src/domain/templates/template.ts';
import { countParts } from '../../../src/domain/text/parts.ts';

describe('value in the words of a text', () => {
  const table: [value: FieldValue, language: Language, written: string][] = [
    [1_234_567.5, 'en', '1,234,567.5'],
    [1_234_567.5, 'es', '1.234.567,5'],
    [1_234_567.5, 'fr', '1 234 567,5'],
    [-4, 'fr', '-4'],
    [new Date('2026-03-01T23:00:00Z'), 'en', 'Mar 1, 2026'],
    [new Date('2026-03-01T23:00:00Z'), 'fr', '01/03/2026'],
    ['“vegan”', 'fr', '“vegan”'],
    [true, 'en', ''],
  ];
  for (const [value, language, written] of table) {
    it(`is "${written}" for ${String(value)} in ${language}`, () =>
      expect(writtenValue(value, language)).to.equal(written));
  }

  it('never takes a text out of GSM-7, for numbers and dates in any language', () => {
    const months = Array.from({ length: 12 }, (_, at) => new Date(Date.UTC(2026, at, 1)));
    for (const language of ['en', 'es', 'fr'] as const) {
      for (const value of [0, 999, 1000, -1e15, 0.001, 98_765_432.1, ...months]) {
        expect(countParts(writtenValue(value, language)).encoding, `${value} ${language}`).to.equal('GSM-7');
      }
    }
  });
});
