import { expect } from 'chai';
import { isUnclearDate, readBirthDate } from '../../../src/domain/words/birth-date.ts';
import { normalise } from '../../../src/domain/words/normalise.ts';

const dateIn = (text: string) => readBirthDate(normalise(text).split(' '));

describe('birth date in a text', () => {
  const dates: [string, string | null][] = [
    ['1990-04-03', '1990-04-03'],
    ['1990/4/3', '1990-04-03'],
    ['04/03/1990', '1990-04-03'],
    ['4.3.1990', '1990-04-03'],
    ['23/04/1990', '1990-04-23'],
    ['04031990', '1990-04-03'],
    ['19900403', '1990-04-03'],
    ['April 3rd, 1990', '1990-04-03'],
    ['3 avril 1990', '1990-04-03'],
    ['1er mai 1990', '1990-05-01'],
    ['3 de abril de 1990', '1990-04-03'],
    ['3 de março de 1990', '1990-03-03'],
    ['02/29/2000', '2000-02-29'],
    ['02/29/2001', null],
    ['1990-13-01', null],
    ['1990-02-30', null],
    ['4/3/90', null],
    ['1790-04-03', null],
    ['1990', null],
    ['born 1990-04-03', null],
    ['12345678', null],
  ];
  for (const [text, date] of dates) {
    it(`is ${date ?? 'not found'} in "${text}"`, () => {
      expect(dateIn(text)).to.equal(date);
    });
  }
});

describe('birth date in numbers with the year last', () => {
  const UNCLEAR: [string, languages: string][] = [
    ['05/12/2005', 'es fr'],
    ['5-12-2005', 'es fr'],
    ['05122005', 'es fr'],
    ['05/12/2005 merci', 'es fr'],
    ['5.12.2005', 'en es fr'],
    ['5. 12. 2005', 'en es fr'],
    ['05/05/2005', ''],
    ['5.5.2005', ''],
    ['23/04/2005', ''],
    ['23.04.2005', ''],
    ['04.23.2005', ''],
    ['04232005', ''],
    ['2005-12-05', ''],
    ['2005.12.05', ''],
    ['20051205', ''],
    ['5 avril 2005', ''],
  ];
  for (const [text, languages] of UNCLEAR) {
    it(`is ${languages === '' ? 'clear' : `ambiguous (${languages})`} in "${text}"`, () => {
      const unclear = (['en', 'es', 'fr'] as const).filter((language) => isUnclearDate(text, language));
      expect(unclear.join(' ')).to.equal(languages);
    });
  }
});
