import { expect } from 'chai';
import { nearestWord } from '../../../src/domain/text/nearest-word.ts';

const EVENTS = ['click', 'purchase', 'refund', 'tour', 'visit', 'newsletter-opened'];

describe('the nearest of known words', () => {
  const table: [written: string, nearest: string | null][] = [
    ['purchse', 'purchase'],
    ['purhcase', 'purchase'],
    ['purchases', 'purchase'],
    ['prchse', 'purchase'],
    ['Purchase', 'purchase'],
    ['visti', 'visit'],
    ['vist', 'visit'],
    ['tuor', 'tour'],
    ['newsleter-opend', 'newsletter-opened'],
    ['four', 'tour'],
    ['tor', 'tour'],
    ['to', null],
    ['t', null],
    ['', null],
    ['bought', null],
    ['vsit-ed', null],
    ['x'.repeat(5000), null],
  ];
  for (const [written, nearest] of table)
    it(`is ${nearest ?? 'none'} for "${written.slice(0, 20)}"`, () =>
      expect(nearestWord(written, EVENTS)).to.equal(nearest));

  it('is the one with the fewest slips, of several such the first', () => {
    expect(nearestWord('visits', ['visitor', 'visit', 'visits-2'])).to.equal('visit');
    expect(nearestWord('vip', ['vin', 'via'])).to.equal('vin');
  });

  it('keeps the capitals of the known word', () => {
    expect(nearestWord('BOSTON', ['Austin', 'Boston'])).to.equal('Boston');
    expect(nearestWord('ca', ['CA'])).to.equal('CA');
  });
});
