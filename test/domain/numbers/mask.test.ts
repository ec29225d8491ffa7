import { expect } from 'chai';
import fc from 'fast-check';
import { mask } from '../../../src/domain/numbers.ts';

const NOTHING = '\u2022'.repeat(6);

const MASKS: [input: string, shown: string][] = [
  ['+15551230001', `+1${NOTHING}0001`],
  ['+12128675309', `+1${NOTHING}5309`],
  ['+447911123456', `+44${NOTHING}3456`],
  ['+33612345678', `+33${NOTHING}78`],
  ['+3545551234', `+354${NOTHING}34`],
  ['+290123', `+290${NOTHING}`],
  ['+1555', NOTHING],
  ['+999123456789', NOTHING],
  ['55512', NOTHING],
  ['12128675309', NOTHING],
  ['+1 212 867 5309', NOTHING],
  ['+12128675309 please stop', NOTHING],
  [`+${'1'.repeat(40)}`, NOTHING],
  ['Fernway', NOTHING],
  ['', NOTHING],
];

describe('mask of a number', () => {
  for (const [input, shown] of MASKS) {
    it(`shows ${JSON.stringify(input).slice(0, 30)} as ${shown}`, () => {
      expect(mask(input)).to.equal(shown);
    });
  }

  it('shows the country code and at most the last four digits, and hides five or more', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9]\d{4,14}$/), (e164) => {
        const shown = /^(?:\+(\d{1,3}))?\u2022{6}(\d{0,4})$/.exec(mask(e164));
        expect(shown).not.to.equal(null);
        const [country = '', last = ''] = shown?.slice(1) ?? [];
        expect(e164.startsWith(`+${country}`)).to.equal(true);
        expect(e164.endsWith(last)).to.equal(true);
        if (last !== '') expect(e164.length - 1 - country.length - last.length).to.be.at.least(5);
      }),
    );
  });

  it('shows no digit of anything that is not an E.164 number', () => {
    const other = fc.string().filter((text) => !/^\+[1-9]\d{4,14}$/.test(text));
    fc.assert(fc.property(other, (text) => mask(text) === NOTHING));
  });
});
